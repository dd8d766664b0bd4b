package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PanicTest {
    @Test
    void thePanicsLineAndWhatFollowsItAreTold() {
        String console = """
                login on a console\r
                [    1.5] Kernel panic - not syncing: an older one\r
                [   12.345678][  T104] Kernel panic - not syncing: sysrq triggered crash\r
                [   12.345679] CPU: 0 PID: 104 Comm: sh Not tainted 6.1.0\r

                [   12.345680] Call Trace:\r
                [   12.345681]  <TASK>\r
                """;
        assertThat(Panic.in(console))
                .hasValue("kernel_panic: the guest's kernel panicked: Kernel panic - not syncing: sysrq triggered crash"
                        + " / CPU: 0 PID: 104 Comm: sh Not tainted 6.1.0 / Call Trace:");
    }

    @Test
    void aConsoleWithoutOneTellsNothing() {
        assertThat(Panic.in("")).isEmpty();
        assertThat(Panic.in("reboot: machine restart\n")).isEmpty();
    }

    /// The guest writes it, and it goes into a row.
    @Test
    void whatAGuestMadeUpStaysAShortLine() {
        assertThat(Panic.in("Kernel panic - not syncing: \0\u001b[31m" + "x".repeat(100_000))
                        .orElseThrow())
                .hasSizeLessThan(400)
                .doesNotContain("\0", "\u001b");
    }
}
