package dev.noid.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.job.JobKind;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CrashPointTest {
    @Test
    void everyKindButStartCanDieAtEveryMoment() {
        for (JobKind kind : JobKind.values()) {
            if (kind != JobKind.START) {
                for (CrashPoint.Moment moment : CrashPoint.Moment.values()) {
                    assertThat(Arrays.stream(CrashPoint.values()).map(Enum::name))
                            .contains(kind.name() + "_" + moment.name());
                }
            }
        }
    }
}
