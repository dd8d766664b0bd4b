package dev.noid.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.JobRow;
import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// When a reader is done, and when it is not yet.
final class OutputReaderTest {
    private final Deque<JobRow> rows = new ArrayDeque<>();
    private final JobWaiters waiters = new JobWaiters();
    private final ScriptedOutput kafka = new ScriptedOutput(() -> waiters.wake("job-1"));
    private final Said said = new Said();
    private boolean whole;

    @Test
    void it_is_done_when_the_row_is_terminal_and_every_byte_was_said() throws Exception {
        rows.add(row(JobState.RUNNING, 10L, null));
        rows.add(row(JobState.SUCCEEDED, 10L, result(3)));
        kafka.end = 12;
        kafka.polls.add(List.of(out(0, 2)));
        kafka.polls.add(List.of(out(2, 1)));
        JobRow last = follow(true);
        assertThat(last.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(said.lines).containsExactly("0+2", "2+1");
    }

    @Test
    void a_terminal_row_alone_is_not_the_end_while_records_are_there() throws Exception {
        rows.add(row(JobState.SUCCEEDED, 10L, result(3)));
        kafka.end = 13;
        kafka.polls.add(List.of());
        kafka.polls.add(List.of(out(0, 1)));
        kafka.polls.add(List.of(out(1, 2)));
        follow(true);
        assertThat(said.lines).containsExactly("0+1", "1+2");
    }

    @Test
    void what_the_broker_has_lost_is_a_gap_up_to_the_total() throws Exception {
        rows.add(row(JobState.SUCCEEDED, 10L, result(5)));
        kafka.end = 11;
        kafka.polls.add(List.of(out(0, 2)));
        follow(true);
        assertThat(said.lines).containsExactly("0+2", "gap 2-5");
    }

    @Test
    void an_exec_that_never_started_has_no_output() throws Exception {
        rows.add(row(JobState.CANCELLED, null, null));
        assertThat(follow(true).state()).isEqualTo(JobState.CANCELLED);
        assertThat(said.lines).isEmpty();
    }

    @Test
    void an_exec_that_was_lost_is_said_as_far_as_it_got() throws Exception {
        rows.add(row(JobState.LOST, 10L, null));
        kafka.end = 11;
        kafka.polls.add(List.of(out(0, 2)));
        assertThat(follow(true).state()).isEqualTo(JobState.LOST);
        assertThat(said.lines).containsExactly("0+2");
    }

    /// By a worker that came after, which heard nothing of it.
    @Test
    void an_exec_whose_end_nobody_saw_is_said_as_far_as_it_got() throws Exception {
        rows.add(row(JobState.LOST, 10L, new ExecResult(null, null, 0, 0, 0, 10, 0)));
        kafka.end = 11;
        kafka.polls.add(List.of(out(0, 2)));
        assertThat(follow(true).state()).isEqualTo(JobState.LOST);
        assertThat(said.lines).containsExactly("0+2");
    }

    @Test
    void one_that_is_tried_again_is_followed_on_and_nothing_is_said_twice() throws Exception {
        rows.add(row(JobState.PLACED, null, null));
        JobRow again = row(JobState.PLACED, null, null, 2);
        Deadline later = Deadline.after(Duration.ofMillis(1_200));
        JobWatch watch = new JobWatch(
                (_, _) -> {
                    if (!said.lines.isEmpty() && !later.passed()) {
                        return Optional.of(again);
                    }
                    return Optional.of(
                            later.passed()
                                    ? row(JobState.LOST, 20L, new ExecResult(null, null, 3, 0, 0, 20, 0), 2)
                                    : rows.element());
                },
                waiters);
        kafka.polls.add(List.of(out(0, 3)));
        var followed = new OutputReader(watch, kafka).follow("tenant", rows.element(), wanted(true), said);
        assertThat(followed.whole()).isTrue();
        assertThat(said.lines).containsExactly("0+3");
        assertThat(kafka.opened).hasSize(2);
    }

    @Test
    void without_follow_it_ends_where_the_output_ends_now() throws Exception {
        rows.add(row(JobState.RUNNING, 10L, null));
        kafka.end = 11;
        kafka.polls.add(List.of(out(0, 2)));
        assertThat(follow(false).state()).isEqualTo(JobState.RUNNING);
        assertThat(said.lines).containsExactly("0+2");
        assertThat(whole).isTrue();
    }

    @Test
    void without_follow_what_is_written_after_its_end_was_asked_for_is_not_missing() throws Exception {
        rows.add(row(JobState.RUNNING, 10L, null));
        rows.add(row(JobState.RUNNING, 10L, null));
        rows.add(row(JobState.SUCCEEDED, 10L, result(5)));
        kafka.end = 11;
        kafka.polls.add(List.of(out(0, 2)));
        assertThat(follow(false).state()).isEqualTo(JobState.RUNNING);
        assertThat(said.lines).containsExactly("0+2");
        assertThat(whole).isTrue();
    }

    @Test
    void one_that_is_over_but_not_said_when_the_time_is_over_is_not_whole() throws Exception {
        rows.add(row(JobState.SUCCEEDED, 10L, result(3)));
        kafka.end = 12;
        kafka.polls.add(List.of(out(0, 1)));
        Follow wanted = new Follow("token", 0, 0, Long.MAX_VALUE, true, Deadline.after(Duration.ofMillis(20)));
        assertThat(follow(wanted).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(said.lines).containsExactly("0+1");
        assertThat(whole).isFalse();
    }

    @Test
    void one_that_is_on_its_way_is_read_from_the_end_as_it_was_before() throws Exception {
        rows.add(row(JobState.PLACED, null, null));
        rows.add(row(JobState.PLACED, null, null));
        rows.add(row(JobState.SUCCEEDED, 7L, result(3)));
        kafka.position = 9;
        kafka.polls.add(List.of(out(0, 3)));
        follow(row(JobState.PLACED, null, null), wanted(true));
        assertThat(kafka.opened).endsWith(10L);
        assertThat(said.lines).containsExactly("0+3");
    }

    @Test
    void one_that_was_claimed_meanwhile_is_read_from_where_its_worker_says() throws Exception {
        rows.add(row(JobState.PLACED, null, null));
        rows.add(row(JobState.RUNNING, 7L, null));
        rows.add(row(JobState.SUCCEEDED, 7L, result(3)));
        kafka.position = 9;
        kafka.polls.add(List.of(out(0, 3)));
        follow(row(JobState.PLACED, null, null), wanted(true));
        assertThat(kafka.opened).endsWith(7L);
        assertThat(said.lines).containsExactly("0+3");
    }

    @Test
    void one_that_was_over_before_its_end_was_known_is_said_all_the_same() throws Exception {
        rows.add(row(JobState.PLACED, null, null));
        rows.add(row(JobState.SUCCEEDED, 7L, result(3)));
        kafka.position = 9;
        kafka.polls.add(List.of(out(0, 3)));
        assertThat(follow(row(JobState.PLACED, null, null), wanted(true)).state())
                .isEqualTo(JobState.SUCCEEDED);
        assertThat(kafka.opened).endsWith(7L);
        assertThat(said.lines).containsExactly("0+3");
    }

    @Test
    void one_that_nobody_claims_holds_a_reader_for_a_moment_only() throws Exception {
        rows.add(row(JobState.PLACED, null, null));
        Follow wanted = new Follow("token", 0, 0, Long.MAX_VALUE, true, Deadline.after(Duration.ofSeconds(3)));
        assertThat(follow(wanted).state()).isEqualTo(JobState.PLACED);
        assertThat(kafka.closedNanos - kafka.openedNanos)
                .isLessThan(Duration.ofSeconds(2).toNanos());
        assertThat(kafka.opened).containsExactly(0L, 10L);
    }

    @Test
    void one_that_waits_for_room_holds_no_reader() throws Exception {
        rows.add(row(JobState.QUEUED, null, null));
        Follow wanted = new Follow("token", 0, 0, Long.MAX_VALUE, true, Deadline.after(Duration.ofMillis(20)));
        assertThat(follow(wanted).state()).isEqualTo(JobState.QUEUED);
        assertThat(kafka.opened).isEmpty();
    }

    @Test
    void a_deadline_ends_it_whatever_comes() throws Exception {
        rows.add(row(JobState.RUNNING, 10L, null));
        Follow wanted = new Follow("token", 0, 0, Long.MAX_VALUE, true, Deadline.after(Duration.ofMillis(20)));
        assertThat(follow(wanted).state()).isEqualTo(JobState.RUNNING);
    }

    private JobRow follow(boolean follow) throws Exception {
        return follow(wanted(follow));
    }

    private static Follow wanted(boolean follow) {
        return new Follow("token", 0, 0, Long.MAX_VALUE, follow, Deadline.after(Duration.ofSeconds(20)));
    }

    private JobRow follow(Follow wanted) throws Exception {
        return follow(rows.element(), wanted);
    }

    private JobRow follow(JobRow job, Follow wanted) throws Exception {
        JobWatch watch = new JobWatch((_, _) -> Optional.of(rows.size() > 1 ? rows.remove() : rows.element()), waiters);
        OutputReader.Followed followed = new OutputReader(watch, kafka).follow("tenant", job, wanted, said);
        whole = followed.whole();
        return followed.row();
    }

    private static JobRow row(JobState state, @Nullable Long outputOffset, @Nullable ExecResult result) {
        return row(state, outputOffset, result, 1);
    }

    private static JobRow row(JobState state, @Nullable Long outputOffset, @Nullable ExecResult result, int attempt) {
        var spec = new JobSpec.Exec(List.of("x"), Map.of(), null, null, null, false, 0, 0, 1, false);
        Outcome outcome = state.terminal() ? new Outcome(state, result, null, null, Map.of()) : null;
        return new JobRow(
                "job-1",
                "vm",
                "vm-1",
                spec,
                state,
                attempt,
                "host-1",
                outcome,
                null,
                null,
                null,
                0,
                outputOffset,
                null,
                Instant.EPOCH,
                null,
                null,
                null);
    }

    private static ExecResult result(long stdoutBytes) {
        return new ExecResult(0, null, stdoutBytes, 0, 0, 10, 1);
    }

    private static Output.Chunk out(long offset, int length) {
        return new Output.Chunk(new ExecId("job-1", 1), Stream.STDOUT, offset, new byte[length]);
    }
}
