package dev.noid.cli.exec;

import dev.noid.cli.http.Api;
import dev.noid.cli.ws.ExecSocket;
import dev.noid.cli.ws.Message;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.record.Stream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// One connection's receiving half. Reads a message only when the one before is written, so a reader that pauses
/// pauses the whole way back to the process.
///
/// @param number of this connection in the feed
/// @param heard  run at every message
record StreamReader(Api api, OutputCursor cursor, @Nullable InputFeed feed, int number, Runnable heard) {
    private static final int HEADER = 1 + Long.BYTES;

    Ending read(ExecSocket socket) {
        @Nullable String putBackTo = null;
        try {
            while (true) {
                Message message = socket.read();
                @Nullable
                Ending ending =
                        switch (message) {
                            case Message.Binary binary -> chunk(binary.bytes());
                            case Message.Text text -> {
                                OutputLine line = api.parse(text.text(), OutputLine.class);
                                if (line instanceof OutputLine.Restored restored) {
                                    putBackTo = restored.checkpoint();
                                }
                                yield line(line, putBackTo);
                            }
                            case Message.Close close ->
                                new Ending.Lost("closed with " + close.code() + " " + close.reason());
                        };
                if (ending != null) {
                    return ending;
                }
                // A word of a gateway that only says no would otherwise make the next try come at once, for ever.
                heard.run();
            }
        } catch (OutputCursor.BrokenPipe _) {
            return new Ending.BrokenPipe();
        } catch (IOException e) {
            return new Ending.Lost(String.valueOf(e.getMessage()));
        } catch (JacksonException _) {
            return new Ending.Lost("a message that is not understood");
        }
    }

    private @Nullable Ending chunk(ByteBuffer data) throws OutputCursor.BrokenPipe {
        if (data.remaining() < HEADER) {
            return new Ending.Lost("a message of " + data.remaining() + " bytes");
        }
        int number = data.get();
        if (number != Stream.STDOUT.number() && number != Stream.STDERR.number()) {
            return new Ending.Lost("bytes of a stream " + number);
        }
        return accepted(Stream.of(number), data.getLong(), data);
    }

    private @Nullable Ending accepted(Stream stream, long offset, ByteBuffer bytes) throws OutputCursor.BrokenPipe {
        return cursor.accept(stream, offset, bytes) ? null : new Ending.Lost("bytes of " + stream + " are missing");
    }

    private @Nullable Ending line(OutputLine line, @Nullable String putBackTo) throws OutputCursor.BrokenPipe {
        return switch (line) {
            case OutputLine.Chunk chunk -> accepted(chunk.stream(), chunk.offset(), ByteBuffer.wrap(chunk.base64()));
            case OutputLine.Gap gap -> {
                cursor.gap(gap.stream(), gap.to());
                yield null;
            }
            case OutputLine.InputAck ack -> {
                if (feed != null) {
                    feed.acknowledged(number, ack.acknowledged(), ack.granted(), ack.closed());
                }
                yield null;
            }
            case OutputLine.Restored _, OutputLine.Log _, OutputLine.LogEnded _ -> null;
            case OutputLine.Ended ended -> new Ending.Over(ended.job(), putBackTo);
            case OutputLine.Failed failed ->
                failed.problem().status() < 500 && failed.problem().status() != 429
                        ? new Ending.Refused(failed.problem())
                        : new Ending.Lost(failed.problem().detail());
        };
    }
}
