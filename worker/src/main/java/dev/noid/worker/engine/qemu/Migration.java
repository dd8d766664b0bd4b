package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import java.util.List;
import java.util.Map;

/// How device state comes out of a QEMU and into one: as a migration that leaves the memory where it is, in its file.
final class Migration {
    /// No device state here comes near it; a VMM that sends more is broken or taken over.
    static final long STATE_MOST = 64L * 1024 * 1024;

    private Migration() {}

    /// Must be the same on both sides, and be said before either begins.
    static void prepare(QmpEye qmp, Deadline deadline) throws QmpFailure {
        List<Map<String, Object>> capabilities = List.of(
                Map.of("capability", "x-ignore-shared", "state", true), Map.of("capability", "events", "state", true));
        qmp.ask("migrate-set-capabilities", Map.of("capabilities", capabilities), deadline);
        // The default of 128 MiB/s is meant for networks.
        qmp.ask("migrate-set-parameters", Map.of("max-bandwidth", 1L << 40), deadline);
    }
}
