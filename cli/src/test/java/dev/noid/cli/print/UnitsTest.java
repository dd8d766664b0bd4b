package dev.noid.cli.print;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.cli.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnitsTest {
    @Test
    void sizes_are_read_as_people_write_them() {
        assertThat(Units.mebibytes("--memory", "256M")).isEqualTo(256);
        assertThat(Units.mebibytes("--memory", "1g")).isEqualTo(1024);
        assertThat(Units.mebibytes("--memory", "2 GiB")).isEqualTo(2048);
        assertThat(Units.mebibytes("--disk", "1T")).isEqualTo(1 << 20);
    }

    @Test
    void a_size_without_a_unit_is_not_guessed() {
        for (String wrong : List.of("256", "", "M", "-1G", "1.5G", "0M", "999999999T", "1GG")) {
            assertThatThrownBy(() -> Units.mebibytes("--memory", wrong))
                    .as(wrong)
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("--memory");
        }
    }

    @Test
    void durations_are_read_as_people_write_them() {
        assertThat(Units.duration("--timeout", "30")).isEqualTo(Duration.ofSeconds(30));
        assertThat(Units.duration("--timeout", "30s")).isEqualTo(Duration.ofSeconds(30));
        assertThat(Units.duration("--timeout", "500ms")).isEqualTo(Duration.ofMillis(500));
        assertThat(Units.duration("--timeout", "1m30s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(Units.duration("--timeout", "1.5s")).isEqualTo(Duration.ofMillis(1500));
        assertThat(Units.duration("--timeout", "2h")).isEqualTo(Duration.ofHours(2));
    }

    @Test
    void what_is_no_duration_is_said_so() {
        for (String wrong : List.of("", "s", "-1s", "1m30", "1x", "1s1", "ten")) {
            assertThatThrownBy(() -> Units.duration("--timeout", wrong))
                    .as(wrong)
                    .isInstanceOf(Failure.class);
        }
    }

    /// It used to be made 31 years in silence.
    @Test
    void a_duration_beyond_any_use_is_refused_and_not_cut() {
        for (String wrong : List.of("40000d", "9223372036854775807ms", "9".repeat(400), "10000d20000d")) {
            assertThatThrownBy(() -> Units.duration("--ttl", wrong))
                    .as(wrong)
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("--ttl")
                    .hasMessageContaining("longer than 30 years");
        }
        assertThat(Units.duration("--ttl", "3650d")).isEqualTo(Duration.ofDays(3650));
    }

    @Test
    void sizes_and_ages_are_short() {
        assertThat(Units.size(256)).isEqualTo("256M");
        assertThat(Units.size(2048)).isEqualTo("2G");
        assertThat(Units.bytes(999)).isEqualTo("999B");
        assertThat(Units.bytes(64 << 20)).isEqualTo("64M");
        assertThat(Units.millis(12.34)).isEqualTo("12.3 ms");
        Instant now = Instant.parse("2026-01-02T00:00:00Z");
        assertThat(Units.age(now.minusSeconds(5), now)).isEqualTo("5s");
        assertThat(Units.age(now.minusSeconds(3600), now)).isEqualTo("60m");
        assertThat(Units.age(now.plusSeconds(5), now)).isEqualTo("0s");
    }
}
