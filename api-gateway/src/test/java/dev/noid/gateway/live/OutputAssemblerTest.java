package dev.noid.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.ExecId;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class OutputAssemblerTest {
    private static final ExecId EXEC = new ExecId("job-1", 1);

    private final OutputAssembler assembler = new OutputAssembler(0, 0);

    @Test
    void bytes_pass_in_order_and_each_stream_counts_for_itself() {
        assertThat(said(out(0, "ab"), err(0, "x"), out(2, "cd")))
                .containsExactly("stdout 0 ab", "stderr 0 x", "stdout 2 cd");
        assertThat(assembler.complete(4, 1)).isTrue();
        assertThat(assembler.complete(5, 1)).isFalse();
    }

    @Test
    void what_comes_twice_is_said_once() {
        assertThat(said(out(0, "abcd"), out(0, "abcd"), out(0, "ab"), out(2, "cdef"), out(6, "g")))
                .containsExactly("stdout 0 abcd", "stdout 4 ef", "stdout 6 g");
    }

    @Test
    void what_is_missing_is_a_gap() {
        assertThat(said(out(3, "de"), out(5, "f"))).containsExactly("stdout gap 0-3", "stdout 3 de", "stdout 5 f");
        assertThat(lines(assembler.missing(8, 0))).containsExactly("stdout gap 6-8");
        assertThat(assembler.complete(8, 0)).isTrue();
    }

    @Test
    void a_gap_that_somebody_wrote_is_said_once_and_only_as_far_as_unknown() {
        assertThat(said(
                        out(0, "ab"),
                        new Output.Gap(EXEC, Stream.STDOUT, 0, 5),
                        new Output.Gap(EXEC, Stream.STDOUT, 2, 5)))
                .containsExactly("stdout 0 ab", "stdout gap 2-5");
    }

    @Test
    void a_reader_from_an_offset_sees_nothing_before_it() {
        OutputAssembler late = new OutputAssembler(3, 0);
        List<OutputLine> lines = new ArrayList<>(late.accept(out(0, "ab")));
        lines.addAll(late.accept(out(2, "cdef")));
        assertThat(lines(lines)).containsExactly("stdout 3 def");
    }

    @Test
    void an_empty_stream_is_complete_at_once() {
        assertThat(assembler.complete(0, 0)).isTrue();
        assertThat(assembler.missing(0, 0)).isEmpty();
    }

    /// Whatever is repeated, cut differently or missing: what is said covers every byte once, in order.
    @Test
    void any_history_is_told_without_overlap_or_silence() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            OutputAssembler any = new OutputAssembler(0, 0);
            long next = 0;
            long produced = 0;
            for (int i = 0; i < 50; i++) {
                long from = Math.max(0, produced - random.nextInt(6) + (random.nextInt(10) == 0 ? 3 : 0));
                int length = random.nextInt(5);
                produced = Math.max(produced, from + length);
                for (OutputLine line : any.accept(out(from, "x".repeat(length)))) {
                    long start =
                            switch (line) {
                                case OutputLine.Chunk chunk -> chunk.offset();
                                case OutputLine.Gap gap -> gap.from();
                                default -> throw new AssertionError(line);
                            };
                    assertThat(start).as("seed %d", seed).isEqualTo(next);
                    next = switch (line) {
                        case OutputLine.Chunk chunk -> chunk.offset() + chunk.base64().length;
                        case OutputLine.Gap gap -> gap.to();
                        default -> throw new AssertionError(line);
                    };
                }
            }
            assertThat(any.complete(next, 0)).as("seed %d", seed).isTrue();
        }
    }

    private List<String> said(Output... outputs) {
        List<OutputLine> lines = new ArrayList<>();
        for (Output output : outputs) {
            lines.addAll(assembler.accept(output));
        }
        return lines(lines);
    }

    private static List<String> lines(List<OutputLine> lines) {
        return lines.stream()
                .map(line -> switch (line) {
                    case OutputLine.Chunk chunk ->
                        chunk.stream() + " " + chunk.offset() + " "
                                + new String(chunk.base64(), StandardCharsets.UTF_8);
                    case OutputLine.Gap gap -> gap.stream() + " gap " + gap.from() + "-" + gap.to();
                    default -> line.toString();
                })
                .toList();
    }

    private static Output.Chunk out(long offset, String text) {
        return new Output.Chunk(EXEC, Stream.STDOUT, offset, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Output.Chunk err(long offset, String text) {
        return new Output.Chunk(EXEC, Stream.STDERR, offset, text.getBytes(StandardCharsets.UTF_8));
    }
}
