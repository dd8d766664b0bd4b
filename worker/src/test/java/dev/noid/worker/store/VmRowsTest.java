package dev.noid.worker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.vm.VmObserved;
import org.junit.jupiter.api.Test;

class VmRowsTest {
    @Test
    void aStepIsTakenOnlyFromWhereTheTableAllows() {
        assertThat(VmRows.before(VmObserved.RUNNING)).containsExactly(VmObserved.STARTING);
        assertThat(VmRows.before(VmObserved.STOPPING)).containsExactly(VmObserved.RUNNING);
        assertThat(VmRows.before(VmObserved.DESTROYED)).contains(VmObserved.RUNNING, VmObserved.FAILED);
        assertThat(VmRows.before(VmObserved.DESTROYED)).doesNotContain(VmObserved.DESTROYED);
    }
}
