package dev.noid.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.record.Stream;
import dev.noid.worker.guest.GuestExec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignalDeskTest {
    private final List<Integer> sent = new ArrayList<>();
    private final SignalDesk desk = new SignalDesk();
    private final GuestExec exec = new GuestExec() {
        @Override
        public void stdin(long offset, byte[] bytes) {}

        @Override
        public void stdinEof(long offset) {}

        @Override
        public void signal(int number) {
            sent.add(number);
        }

        @Override
        public void kill(Duration grace) {}

        @Override
        public void acknowledge(Stream stream, long offset) {}
    };

    @Test
    void aRepeatedRequestSendsOneSignal() {
        assertThat(desk.ask("signal-1", 10, exec)).isEmpty();
        assertThat(desk.ask("signal-1", 10, exec)).isEmpty();

        assertThat(sent).containsExactly(10);
    }

    @Test
    void anAnswerIsGivenAgainToWhoAsksAgain() {
        desk.ask("signal-1", 10, exec);
        assertThat(desk.answered(10, 0)).contains(new SignalDesk.Answer("signal-1", true, null));

        assertThat(desk.ask("signal-1", 10, exec)).contains(new SignalDesk.Answer("signal-1", true, null));
        assertThat(sent).containsExactly(10);
    }

    @Test
    void aGuestThatNeverAnswersMakesNothingGrow() {
        for (int i = 0; i < 1000; i++) {
            desk.ask("signal-" + i, 10, exec);
        }
        int answers = 0;
        while (desk.answered(10, 0).isPresent()) {
            answers++;
        }
        assertThat(answers).isEqualTo(256);
    }

    @Test
    void answersOfOneNumberComeInOrder() {
        desk.ask("signal-1", 10, exec);
        desk.ask("signal-2", 10, exec);
        desk.ask("signal-3", 12, exec);

        assertThat(desk.answered(12, 3)).contains(new SignalDesk.Answer("signal-3", false, "errno 3"));
        assertThat(desk.answered(10, 0)).map(SignalDesk.Answer::signal).contains("signal-1");
        assertThat(desk.answered(10, 0)).map(SignalDesk.Answer::signal).contains("signal-2");
        assertThat(desk.answered(10, 0)).isEmpty();
    }
}
