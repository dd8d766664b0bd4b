package dev.noid.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdsTest {
    @Test
    void ids_are_safe_in_paths_sort_by_time_and_do_not_repeat() {
        Set<String> seen = new HashSet<>();
        String before = new Ids(InstantSource.fixed(Instant.ofEpochMilli(1_000_000))).vm();
        Ids ids = new Ids(InstantSource.fixed(Instant.ofEpochMilli(1_000_001)));
        for (int i = 0; i < 10_000; i++) {
            String id = ids.vm();
            assertThat(id).matches("vm-[0-9a-z]{26}").isGreaterThan(before);
            assertThat(seen.add(id)).isTrue();
        }
    }

    @Test
    void an_exec_id_is_a_job_and_an_attempt() {
        assertThat(ExecId.parse("job-1.2")).isEqualTo(new ExecId("job-1", 2)).hasToString("job-1.2");
        assertThatThrownBy(() -> ExecId.parse("job-1")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "web", "web-1", "0"})
    void names_that_are_good(String name) {
        assertThat(Names.valid(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "a-", "-a", "A", "a.b", "../x", "a b", "a\n", "ä", "%2e"})
    void names_that_are_not(String name) {
        assertThat(Names.valid(name)).isFalse();
        assertThat(Names.valid("a".repeat(64))).isFalse();
    }
}
