package dev.noid.cli.exec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.api.Job;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VerdictTest {
    @Test
    void the_commands_own_code_passes_through_in_silence() {
        assertThat(of(job(JobState.SUCCEEDED, 0, null, null))).isEqualTo(new Verdict(0, null, null));
        assertThat(of(job(JobState.FAILED, 7, null, "exit_code"))).isEqualTo(new Verdict(7, null, null));
        assertThat(of(job(JobState.FAILED, 126, null, "exit_code")).code()).isEqualTo(126);
        assertThat(of(job(JobState.FAILED, 255, null, "exit_code")).code()).isEqualTo(255);
    }

    @Test
    void a_signal_is_128_and_its_number() {
        assertThat(of(job(JobState.FAILED, null, "KILL", "exit_signal"))).isEqualTo(new Verdict(137, null, null));
        assertThat(of(job(JobState.FAILED, null, "SEGV", "exit_signal")).code()).isEqualTo(139);
        assertThat(of(job(JobState.FAILED, null, "RTMIN+1", "exit_signal")).code())
                .isEqualTo(163);
    }

    /// Field case 19.
    @Test
    void lack_of_memory_is_said_beside_the_code() {
        assertThat(of(job(JobState.FAILED, null, "KILL", "out_of_memory")))
                .isEqualTo(new Verdict(137, "because out_of_memory", "do something"));
        assertThat(of(job(JobState.FAILED, 137, null, "out_of_memory")))
                .isEqualTo(new Verdict(137, "because out_of_memory", "do something"));
    }

    @Test
    void what_could_not_be_run_is_told_apart_from_what_noid_could_not_do() {
        assertThat(of(job(JobState.FAILED, 127, null, "command_not_found")).code())
                .isEqualTo(127);
        assertThat(of(job(JobState.FAILED, 126, null, "command_not_executable")).code())
                .isEqualTo(126);
        assertThat(of(job(JobState.FAILED, 126, null, "bad_user")).code()).isEqualTo(126);
        assertThat(of(job(JobState.FAILED, null, null, "vm_not_running")).code())
                .isEqualTo(125);
        assertThat(of(job(JobState.FAILED, null, "KILL", "output_limit")).code())
                .isEqualTo(125);
        assertThat(of(job(JobState.LOST, null, null, "vm_died")).code()).isEqualTo(125);
        assertThat(of(job(JobState.LOST, null, null, "vm_died")).message()).isEqualTo("because vm_died");
    }

    @Test
    void time_running_out_is_124() {
        assertThat(of(job(JobState.TIMED_OUT, null, "TERM", "timeout")).code()).isEqualTo(124);
    }

    @Test
    void a_cancel_of_ones_own_is_no_surprise() {
        Job unsignalled = job(JobState.CANCELLED, null, null, "cancelled");
        assertThat(Verdict.of(new Ending.Over(unsignalled, null), true, 0)).isEqualTo(new Verdict(130, null, null));
        assertThat(of(unsignalled).code()).isEqualTo(125);
        assertThat(of(job(JobState.CANCELLED, null, "TERM", "cancelled")).code())
                .isEqualTo(143);
    }

    @Test
    void a_command_whose_vm_was_put_back_belongs_to_the_past_whoever_else_wanted_it_ended() {
        Job cancelled = job(JobState.CANCELLED, null, null, "restored");
        Verdict expected = new Verdict(125, "the VM was put back to ck-1; this command belongs to its past", null);
        assertThat(Verdict.of(new Ending.Over(cancelled, "ck-1"), false, 0)).isEqualTo(expected);
        assertThat(Verdict.of(new Ending.Over(cancelled, "ck-1"), true, 0)).isEqualTo(expected);
        // Said by the job alone, by a stream that was connected to too late to say it.
        assertThat(of(cancelled)).isEqualTo(new Verdict(125, "because restored", "do something"));
    }

    @Test
    void output_that_is_missing_is_never_a_success() {
        Verdict verdict = Verdict.of(new Ending.Over(job(JobState.SUCCEEDED, 0, null, null), null), false, 5);
        assertThat(verdict.code()).isEqualTo(125);
        assertThat(verdict.message()).contains("5 bytes");
    }

    private static Verdict of(Job job) {
        return Verdict.of(new Ending.Over(job, null), false, 0);
    }

    private static Job job(JobState state, @Nullable Integer exit, @Nullable String signal, @Nullable String error) {
        ExecResult exec = exit == null && signal == null ? null : new ExecResult(exit, signal, 0, 0, 0, 0, 1);
        JobError why = error == null ? null : JobError.user(error, "because " + error, "do something");
        return new Job(
                "job-1",
                JobKind.EXEC,
                state,
                "web",
                "vm-1",
                1,
                null,
                null,
                null,
                null,
                null,
                Instant.EPOCH,
                null,
                null,
                null,
                exec,
                null,
                why,
                null,
                null);
    }
}
