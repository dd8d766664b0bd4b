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
        assertThat(gate.check(0, 1)).isEqualTo(REFUSE);
    }

    @Test
    void bytes_pass_as_far_as_granted() {
        gate.heard(new OutputLine.InputAck(0, 10, false));
        assertThat(gate.check(0, 10)).isEqualTo(SEND);
        assertThat(gate.check(5, 11)).isEqualTo(REFUSE);
        assertThat(gate.check(-1, 5)).isEqualTo(REFUSE);
    }

    @Test
    void an_older_grant_takes_nothing_back() {
        gate.heard(new OutputLine.InputAck(5, 20, false));
        gate.heard(new OutputLine.InputAck(0, 10, false));
        assertThat(gate.check(10, 20)).isEqualTo(SEND);
    }

    @Test
    void what_is_known_to_have_arrived_is_not_sent_again() {
        gate.heard(new OutputLine.InputAck(8, 20, false));
        assertThat(gate.check(0, 8)).isEqualTo(DROP);
        assertThat(gate.check(0, 9)).isEqualTo(SEND);
    }

    @Test
    void the_end_may_be_said_again() {
        gate.heard(new OutputLine.InputAck(8, 20, false));
        assertThat(gate.check(8, 8)).isEqualTo(SEND);
    }

    @Test
    void a_process_that_reads_no_more_gets_nothing_more() {
        gate.heard(new OutputLine.InputAck(8, 20, true));
        assertThat(gate.check(100, 200)).isEqualTo(DROP);
    }
}
