package dev.noid.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.LogRow;
import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.api.LogEnd;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// When a reader of a VM's log is done.
final class LogReaderTest {
    private static final ExecId LOG = new ExecId("vm-1", 3);

    private final Deque<Optional<LogRow>> rows = new ArrayDeque<>();
    private final List<@Nullable ExecId> asked = new ArrayList<>();
    private final ScriptedOutput kafka = new ScriptedOutput(() -> {});
    private final Said said = new Said();

    @Test
    void it_says_what_there_is_now_and_where_something_was_left_out() throws Exception {
        kafka.end = 12;
        kafka.polls.add(List.of(chunk(0, 2)));
        kafka.polls.add(List.of(chunk(5, 1)));
        follow(row(10L, null), false);
        assertThat(said.lines).containsExactly("log vm-1.3", "0+2", "gap 2-5", "5+1");
    }

    @Test
    void one_that_is_over_says_so_also_when_nobody_follows() throws Exception {
        kafka.end = 11;
        kafka.polls.add(List.of(chunk(0, 2)));
        follow(row(10L, LogEnd.REPLACED), false);
        assertThat(said.lines).containsExactly("log vm-1.3", "0+2", "replaced");
    }

    @Test
    void a_vm_that_is_not_made_yet_has_none() throws Exception {
        follow(row(null, null), false);
        follow(row(null, LogEnd.STOPPED), true);
        assertThat(said.lines).containsExactly("stopped");
    }

    @Test
    void followed_it_begins_when_the_vm_is_made_by_whatever_try() throws Exception {
        rows.add(Optional.of(new LogRow(new ExecId("vm-1", 4), 7, 10L, null, false)));
        rows.add(Optional.empty());
        follow(row(null, null), true);
        assertThat(said.lines).containsExactly("log vm-1.4", "stopped");
        assertThat(asked).containsExactly(null, new ExecId("vm-1", 4));
    }

    @Test
    void followed_it_ends_with_the_generation_and_what_was_still_on_its_way() throws Exception {
        rows.add(Optional.of(row(10L, LogEnd.REPLACED)));
        kafka.end = 12;
        kafka.polls.add(List.of(chunk(0, 3)));
        kafka.polls.add(List.of(chunk(3, 1)));
        follow(row(10L, null), true);
        assertThat(said.lines).containsExactly("log vm-1.3", "0+3", "3+1", "replaced");
        assertThat(asked).containsExactly(LOG);
    }

    @Test
    void followed_it_ends_when_the_vm_stops_or_is_gone() throws Exception {
        rows.add(Optional.of(row(10L, LogEnd.STOPPED)));
        follow(row(10L, null), true);
        rows.add(Optional.empty());
        follow(row(10L, null), true);
        assertThat(said.lines).containsExactly("log vm-1.3", "stopped", "log vm-1.3", "stopped");
    }

    @Test
    void oneThatHasJustEndedMayStillBeOnItsWay() throws Exception {
        // Where Kafka ends as soon as all that is held back has been sent.
        kafka.polls.add(List.of(chunk(0, 2)));
        kafka.end = 11;
        follow(new LogRow(LOG, 7, 10L, LogEnd.STOPPED, true), true);
        assertThat(said.lines).containsExactly("log vm-1.3", "0+2", "stopped");
        assertThat(kafka.endAsked).isOne();
        assertThat(kafka.endAskedNanos - kafka.openedNanos)
                .isGreaterThanOrEqualTo(Duration.ofMillis(50).toNanos());
    }

    @Test
    void oneWhoseTimeIsOverIsNotWhole() throws Exception {
        rows.add(Optional.of(row(10L, null)));
        Follow wanted = new Follow("token", 0, 0, Long.MAX_VALUE, true, Deadline.after(Duration.ofMillis(20)));
        assertThat(new LogReader((_, _, _) -> rows.element(), kafka).follow("t", "web", row(10L, null), wanted, said))
                .isFalse();
    }

    private static LogRow row(@Nullable Long offset, @Nullable LogEnd end) {
        return new LogRow(LOG, 7, offset, end, false);
    }

    private static Output chunk(long offset, int length) {
        return new Output.Chunk(LOG, Stream.STDOUT, offset, new byte[length]);
    }

    private void follow(LogRow log, boolean follow) throws Exception {
        LogRows scripted = (_, _, id) -> {
            asked.add(id);
            return rows.remove();
        };
        Follow wanted = new Follow("token", 0, 0, Long.MAX_VALUE, follow, Deadline.after(Duration.ofSeconds(20)));
        LogReader reader = new LogReader(scripted, kafka, Duration.ofMillis(50));
        assertThat(reader.follow("tenant", "web", log, wanted, said)).isTrue();
    }
}
