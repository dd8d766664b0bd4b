package dev.noid.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.LogRow;
import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// When a reader of a VM's log is done.
final class LogReaderTest {
    private static final ExecId ADDRESS = new ExecId("vm-1", 3);

    private final Deque<Optional<LogRow>> rows = new ArrayDeque<>();
    private final Deque<List<Output>> polls = new ArrayDeque<>();
    private final List<String> said = new ArrayList<>();
    private long position = 10;
    private long end = 10;

    @Test
    void it_says_what_there_is_now_and_where_something_was_left_out() throws Exception {
        end = 12;
        polls.add(List.of(new Output.Chunk(ADDRESS, Stream.STDOUT, 0, new byte[2])));
        polls.add(List.of(new Output.Chunk(ADDRESS, Stream.STDOUT, 5, new byte[1])));
        follow(row(3, true, 10L), false);
        assertThat(said).containsExactly("begins", "0+2", "gap 2-5", "5+1");
    }

    @Test
    void a_vm_that_was_never_made_has_none() throws Exception {
        follow(row(1, false, null), true);
        assertThat(said).containsExactly("begins");
    }

    @Test
    void followed_it_ends_with_the_generation() throws Exception {
        rows.add(Optional.of(row(4, true, 30L)));
        end = 11;
        polls.add(List.of(new Output.Chunk(ADDRESS, Stream.STDERR, 0, new byte[3])));
        follow(row(3, true, 10L), true);
        assertThat(said).containsExactly("begins", "0+3");
    }

    @Test
    void followed_it_ends_when_the_vm_stops_or_is_gone() throws Exception {
        rows.add(Optional.of(row(3, false, 10L)));
        follow(row(3, true, 10L), true);
        rows.add(Optional.empty());
        follow(row(3, true, 10L), true);
        assertThat(said).containsExactly("begins", "begins");
    }

    private static LogRow row(long generation, boolean runs, @Nullable Long offset) {
        return new LogRow("vm-1", generation, 7, runs, offset);
    }

    private void follow(LogRow log, boolean follow) throws Exception {
        OutputSource source = new OutputSource() {
            @Override
            public OutputCursor open(int partition, long offset) {
                assertThat(partition).isEqualTo(7);
                assertThat(offset).isEqualTo(10);
                return new Scripted();
            }

            @Override
            public void close() {}
        };
        Follow wanted = new Follow(0, 0, Long.MAX_VALUE, follow, Deadline.after(Duration.ofSeconds(20)));
        new LogReader((_, _) -> rows.remove(), source).follow("tenant", "web", log, wanted, new OutputSink() {
            @Override
            public void line(OutputLine line) {
                switch (line) {
                    case OutputLine.Chunk chunk -> said.add(chunk.offset() + "+" + chunk.base64().length);
                    case OutputLine.Gap gap -> said.add("gap " + gap.from() + "-" + gap.to());
                    case OutputLine.InputAck _, OutputLine.Restored _, OutputLine.Ended _, OutputLine.Failed _ ->
                        said.add(line.toString());
                }
            }

            @Override
            public void begins() {
                said.add("begins");
            }
        });
    }

    private final class Scripted implements OutputCursor {
        @Override
        public List<Output> poll(ExecId exec, Duration span) {
            assertThat(exec).isEqualTo(ADDRESS);
            position++;
            return polls.isEmpty() ? List.of() : polls.remove();
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public OptionalLong end() {
            return OptionalLong.of(end);
        }

        @Override
        public void wakeup() {}

        @Override
        public void close() {}
    }
}
