package dev.noid.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SignalNamesTest {
    @Test
    void every_number_has_a_name_that_leads_back_to_it() {
        for (int number = 1; number <= 64; number++) {
            assertThat(SignalNames.numberOf(SignalNames.name(number))).isEqualTo(number);
        }
        assertThat(SignalNames.name(9)).isEqualTo("KILL");
        assertThat(SignalNames.name(15)).isEqualTo("TERM");
        assertThat(SignalNames.name(35)).isEqualTo("RTMIN+1");
    }

    @Test
    void people_may_write_a_name_as_they_like() {
        assertThat(SignalNames.number("SIGint")).hasValue(2);
        assertThat(SignalNames.number("usr1")).hasValue(10);
        assertThat(SignalNames.number("NOPE")).isEmpty();
        assertThat(SignalNames.numberOf("NOPE")).isZero();
    }
}
