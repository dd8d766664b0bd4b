package dev.noid.gateway.live;

import dev.noid.schema.api.CapturedOutput;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.record.Stream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Keeps the first 64 KiB of each stream for the reply to an exec that was waited for.
public final class Capture implements OutputSink {
    public static final int MOST = 64 << 10;

    private final Map<Stream, ByteArrayOutputStream> kept = new EnumMap<>(Stream.class);
    private boolean gap;

    public Capture() {
        for (Stream stream : Stream.values()) {
            kept.put(stream, new ByteArrayOutputStream());
        }
    }

    @Override
    public void line(OutputLine line) {
        switch (line) {
            case OutputLine.Chunk chunk -> {
                ByteArrayOutputStream bytes = of(chunk.stream());
                if (!gap) {
                    bytes.write(chunk.base64(), 0, Math.min(chunk.base64().length, MOST - bytes.size()));
                }
            }
            case OutputLine.Gap _ -> gap = true;
            case OutputLine.InputAck _,
                    OutputLine.Restored _,
                    OutputLine.Ended _,
                    OutputLine.Log _,
                    OutputLine.LogEnded _,
                    OutputLine.Failed _ -> {}
        }
    }

    public CapturedOutput output(@Nullable ExecResult result) {
        byte[] stdout = of(Stream.STDOUT).toByteArray();
        byte[] stderr = of(Stream.STDERR).toByteArray();
        boolean truncated = gap
                || (result != null && (result.stdoutBytes() > stdout.length || result.stderrBytes() > stderr.length));
        return new CapturedOutput(
                text(stdout, gap || result == null || result.stdoutBytes() > stdout.length),
                text(stderr, gap || result == null || result.stderrBytes() > stderr.length),
                stdout,
                stderr,
                truncated);
    }

    /// What is cut is without the first bytes of a character that the cut has halved: nobody wrote what they would be
    /// shown as. The base64 has them.
    private static String text(byte[] bytes, boolean cut) {
        return new String(bytes, 0, cut ? whole(bytes) : bytes.length, StandardCharsets.UTF_8);
    }

    /// How many bytes there are up to the last character that is not whole.
    private static int whole(byte[] bytes) {
        for (int back = 1; back <= Math.min(3, bytes.length); back++) {
            int b = bytes[bytes.length - back] & 0xff;
            if (b < 0x80) {
                return bytes.length;
            }
            if (b >= 0xc0) {
                int length = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
                return length > back ? bytes.length - back : bytes.length;
            }
        }
        return bytes.length;
    }

    private ByteArrayOutputStream of(Stream stream) {
        return kept.computeIfAbsent(stream, _ -> new ByteArrayOutputStream());
    }
}
