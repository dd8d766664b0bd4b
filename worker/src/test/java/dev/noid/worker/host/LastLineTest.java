package dev.noid.worker.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LastLineTest {
    @Test
    void isTheLastThingSaid() {
        assertThat(LastLine.of("booting\nqemu: no room\n\n")).isEqualTo("qemu: no room");
        assertThat(LastLine.of(" \n")).isEmpty();
    }

    @Test
    void holdsNothingThatARowWouldNotTake() {
        assertThat(LastLine.of("a\0b\033[31m\ud83d")).isEqualTo("a?b?[31m?");
    }

    @Test
    void isShortAndCutBetweenCharacters() {
        assertThat(LastLine.of("\ud83d\ude00".repeat(400))).isEqualTo("\ud83d\ude00".repeat(300));
    }
}
