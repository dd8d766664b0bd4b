package dev.noid.schema.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.Transition;
import dev.noid.schema.vm.VmObserved;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TransitionsTest {
    @Test
    void nothing_leaves_a_terminal_job_state() {
        assertThat(JobState.TRANSITIONS).noneMatch(step -> step.from().terminal());
    }

    @Test
    void every_job_state_can_be_reached_and_every_open_one_can_be_left() {
        for (JobState state : JobState.values()) {
            if (state != JobState.QUEUED) {
                assertThat(JobState.TRANSITIONS).anyMatch(step -> step.to() == state);
            }
            if (!state.terminal()) {
                assertThat(JobState.TRANSITIONS).anyMatch(step -> step.from() == state);
            }
        }
    }

    @Test
    void an_outcome_is_accepted_from_running_and_from_cancelling() {
        for (JobState outcome :
                List.of(JobState.SUCCEEDED, JobState.FAILED, JobState.TIMED_OUT, JobState.LOST, JobState.CANCELLED)) {
            assertThat(JobState.TRANSITIONS.stream()
                            .filter(step -> step.to() == outcome)
                            .map(Transition::from))
                    .contains(JobState.RUNNING, JobState.CANCELLING);
        }
    }

    @Test
    void a_vm_can_be_destroyed_from_every_state_but_destroyed() {
        assertThat(VmObserved.TRANSITIONS.stream()
                        .filter(step -> step.to() == VmObserved.DESTROYED)
                        .map(Transition::from))
                .containsExactlyInAnyOrderElementsOf(Stream.of(VmObserved.values())
                        .filter(state -> state != VmObserved.DESTROYED && state != VmObserved.PAUSED)
                        .toList());
    }
}
