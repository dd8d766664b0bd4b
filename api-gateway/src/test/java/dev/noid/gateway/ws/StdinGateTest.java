package dev.noid.gateway.ws;

import static dev.noid.gateway.ws.StdinGate.Verdict.DROP;
import static dev.noid.gateway.ws.StdinGate.Verdict.REFUSE;
import static dev.noid.gateway.ws.StdinGate.Verdict.SEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.api.OutputLine;
import org.junit.jupiter.api.Test;

final class StdinGateTest {
    private final StdinGate gate = new StdinGate();

    @Test
    void nothing_may_be_sent_before_anything_is_granted() {
        assertThat(gate.check(0, 1, false)).isEqualTo(REFUSE);
    }

    @Test
    void bytes_pass_as_far_as_granted() {
        gate.heard(new OutputLine.InputAck(0, 10, false));
        assertThat(gate.check(0, 10, false)).isEqualTo(SEND);
        assertThat(gate.check(5, 6, false)).isEqualTo(REFUSE);
        assertThat(gate.check(-1, 6, false)).isEqualTo(REFUSE);
    }

    @Test
    void an_older_grant_takes_nothing_back() {
        gate.heard(new OutputLine.InputAck(5, 20, false));
        gate.heard(new OutputLine.InputAck(0, 10, false));
        assertThat(gate.check(10, 10, false)).isEqualTo(SEND);
    }

    @Test
    void what_is_known_to_have_arrived_is_not_sent_again() {
        gate.heard(new OutputLine.InputAck(8, 20, false));
        assertThat(gate.check(0, 8, false)).isEqualTo(DROP);
        assertThat(gate.check(0, 9, false)).isEqualTo(SEND);
    }

    @Test
    void the_end_is_sent_once_over_one_connection() {
        gate.heard(new OutputLine.InputAck(8, 20, false));
        assertThat(gate.check(8, 0, true)).isEqualTo(SEND);
        assertThat(gate.check(8, 0, true)).isEqualTo(DROP);
    }

    /// Attack G5: the sum of these two is negative.
    @Test
    void an_offset_whose_end_is_beyond_a_long_is_not_granted() {
        gate.heard(new OutputLine.InputAck(0, 1 << 20, false));
        assertThat(gate.check(Long.MAX_VALUE - 1, 100_000, false)).isEqualTo(REFUSE);
        assertThat(gate.check(Long.MAX_VALUE, 0, true)).isEqualTo(REFUSE);
        assertThat(gate.check(Long.MIN_VALUE, 1, false)).isEqualTo(REFUSE);
        gate.heard(new OutputLine.InputAck(0, Long.MAX_VALUE, false));
        assertThat(gate.check(Long.MAX_VALUE - 1, 2, false)).isEqualTo(REFUSE);
    }

    /// Attack G5: a grant of 1 MiB was 38 MiB on the broker's disk.
    @Test
    void the_same_bytes_go_once_over_one_connection() {
        gate.heard(new OutputLine.InputAck(0, 100, false));
        assertThat(gate.check(0, 50, false)).isEqualTo(SEND);
        assertThat(gate.check(0, 50, false)).isEqualTo(DROP);
        assertThat(gate.check(0, 51, false)).isEqualTo(REFUSE);
        assertThat(gate.check(50, 0, false)).isEqualTo(DROP);
        assertThat(gate.check(50, 50, false)).isEqualTo(SEND);
    }

    @Test
    void a_process_that_reads_no_more_gets_nothing_more() {
        gate.heard(new OutputLine.InputAck(8, 20, true));
        assertThat(gate.check(100, 100, false)).isEqualTo(DROP);
    }
}
