package dev.noid.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// `noid run` leaves no VM, whenever it is interrupted.
class MadeVmTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final List<String> destroyed = new CopyOnWriteArrayList<>();
    private final MadeVm made = new MadeVm(destroyed::add);

    @Test
    void anInterruptWhileTheVmIsAskedForWaitsForItsNameAndDestroysIt() {
        var interrupt = CompletableFuture.supplyAsync(() -> made.undo(LONG));
        made.is("calm-elm-1");
        assertThat(interrupt.join()).isTrue();
        assertThat(destroyed).containsExactly("calm-elm-1");
    }

    @Test
    void itIsDestroyedOnce() {
        made.is("calm-elm-1");
        assertThat(made.undo(LONG)).isTrue();
        made.noMore();
        assertThat(made.undo(Duration.ZERO)).isTrue();
        assertThat(destroyed).containsExactly("calm-elm-1");
    }

    @Test
    void aCreateThatWasRefusedLeavesNothingToWaitFor() {
        made.noMore();
        assertThat(made.undo(LONG)).isTrue();
        assertThat(destroyed).isEmpty();
    }

    @Test
    void anAnswerThatDoesNotComeIsSaid() {
        assertThat(made.undo(Duration.ofMillis(10))).isFalse();
        assertThat(destroyed).isEmpty();
    }
}
