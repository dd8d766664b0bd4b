package dev.noid.gateway.live;

import dev.noid.schema.api.OutputLine;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes one exec's records into what a watcher sees: every byte from the wanted offsets on once and in order, or a
/// gap that says which are missing. Records come in order, but after a worker's restart some come twice.
public final class OutputAssembler {
    private final Map<Stream, Long> next = new EnumMap<>(Stream.class);

    public OutputAssembler(long stdoutFrom, long stderrFrom) {
        next.put(Stream.STDOUT, stdoutFrom);
        next.put(Stream.STDERR, stderrFrom);
    }

    public List<OutputLine> accept(Output output) {
        return switch (output) {
            case Output.Chunk chunk -> chunk(chunk);
            case Output.Gap gap ->
                gap(gap.stream(), gap.to()).map(List::<OutputLine>of).orElse(List.of());
            case Output.InputAck ack -> List.of(line(ack));
        };
    }

    static OutputLine.InputAck line(Output.InputAck ack) {
        return new OutputLine.InputAck(ack.acknowledged(), ack.granted(), ack.closed());
    }

    private List<OutputLine> chunk(Output.Chunk chunk) {
        long end = chunk.offset() + chunk.bytes().length;
        List<OutputLine> lines = new ArrayList<>(2);
        gap(chunk.stream(), chunk.offset()).ifPresent(lines::add);
        long from = next(chunk.stream());
        if (end > from) {
            byte[] bytes = from == chunk.offset()
                    ? chunk.bytes()
                    : Arrays.copyOfRange(chunk.bytes(), Math.toIntExact(from - chunk.offset()), chunk.bytes().length);
            lines.add(new OutputLine.Chunk(chunk.stream(), from, bytes));
            next.put(chunk.stream(), end);
        }
        return lines;
    }

    /// All bytes up to these counts have been said, as bytes or as gaps.
    public boolean complete(long stdoutBytes, long stderrBytes) {
        return next(Stream.STDOUT) >= stdoutBytes && next(Stream.STDERR) >= stderrBytes;
    }

    /// Gaps up to these counts, when nothing more will come.
    public List<OutputLine> missing(long stdoutBytes, long stderrBytes) {
        List<OutputLine> lines = new ArrayList<>(2);
        gap(Stream.STDOUT, stdoutBytes).ifPresent(lines::add);
        gap(Stream.STDERR, stderrBytes).ifPresent(lines::add);
        return lines;
    }

    private Optional<OutputLine> gap(Stream stream, long to) {
        long from = next(stream);
        if (to <= from) {
            return Optional.empty();
        }
        next.put(stream, to);
        return Optional.of(new OutputLine.Gap(stream, from, to));
    }

    private long next(Stream stream) {
        return next.getOrDefault(stream, 0L);
    }
}
