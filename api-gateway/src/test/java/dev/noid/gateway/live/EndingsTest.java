package dev.noid.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.JobRow;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class EndingsTest {
    private static final String NAMED = "ck-01k6zzzzzzzzzzzzzzzzzzzzzz";
    private static final String NOW = "ck-01k7zzzzzzzzzzzzzzzzzzzzzz";

    @Test
    void a_process_that_a_restore_left_in_the_past_is_told_where_its_vm_is_now() {
        var error = JobError.user("restored", "The VM was put back to checkpoint " + NAMED + ".", null);
        assertThat(Endings.of(row(error)))
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo(new OutputLine.Restored(NAMED)),
                        line -> assertThat(line).isInstanceOf(OutputLine.Ended.class));
    }

    @Test
    void a_message_that_names_none_is_helped_by_the_vm() {
        assertThat(Endings.of(row(JobError.user("restored", "The VM was put back.", null))))
                .first()
                .isEqualTo(new OutputLine.Restored(NOW));
    }

    @Test
    void any_other_end_is_just_that() {
        assertThat(Endings.of(row(null))).hasSize(1);
        assertThat(Endings.of(row(JobError.user("cancelled", "It was cancelled.", null))))
                .hasSize(1);
    }

    private static JobRow row(@Nullable JobError error) {
        var spec = new JobSpec.Exec(List.of("x"), Map.of(), null, null, null, false, 0, 0, 1, false);
        Outcome outcome = new Outcome(JobState.CANCELLED, null, null, error, Map.of());
        return new JobRow(
                "job-1",
                "vm",
                "vm-1",
                spec,
                JobState.CANCELLED,
                1,
                "host-1",
                outcome,
                null,
                null,
                NOW,
                0,
                null,
                null,
                Instant.EPOCH,
                null,
                null,
                null);
    }
}
