package dev.noid.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class VmmDeathTest {
    private static final Optional<String> FULL = Optional.of("/dev/shm has no memory left");
    private static final Optional<String> ROOM = Optional.empty();

    private static String of(int code, Optional<String> shortage, String said) {
        return VmmDeath.reason(OptionalInt.of(code), shortage, said);
    }

    /// Attack D1: the VMM said nothing, and neither did we.
    @Test
    void aBusErrorIsAHostWithoutMemory() {
        assertThat(of(135, FULL, "")).startsWith("host_memory_full: ").endsWith("/dev/shm has no memory left");
        assertThat(of(135, ROOM, "")).startsWith("host_memory_full: ").endsWith("SIGBUS");
    }

    @Test
    void anAdoptedVmmOfAHostWithoutMemoryDiedOfThat() {
        assertThat(VmmDeath.reason(OptionalInt.empty(), FULL, "")).startsWith("host_memory_full: ");
        assertThat(VmmDeath.reason(OptionalInt.empty(), ROOM, "")).isEqualTo("the VMM was killed or died");
    }

    @Test
    void othersAreTheirSignalAndTheirLastWords() {
        assertThat(of(137, ROOM, "")).contains("killed or died", "SIGKILL");
        assertThat(of(139, FULL, "")).contains("killed or died", "signal 11");
        assertThat(of(1, ROOM, "qemu: no such option")).isEqualTo("the VMM was killed or died: qemu: no such option");
    }
}
