package dev.noid.worker.engine.qemu;

import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Fingerprint;
import dev.noid.worker.engine.ImageManifest;
import dev.noid.worker.guest.Hello;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/// What this host's QEMU makes of a boot.
final class QemuFingerprint {
    private final Accelerator accelerator;
    private final QemuBuild build;

    QemuFingerprint(QemuConfig config, Accelerator accelerator) {
        this.accelerator = accelerator;
        this.build = new QemuBuild(config.qemu());
    }

    Fingerprint of(Boot boot) {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put(Fingerprint.VMM, build.now());
        parts.put("machine", QemuPlan.MACHINE);
        parts.put("accelerator", accelerator.toString());
        parts.put(
                "cpu",
                switch (accelerator) {
                    case KVM -> cpu();
                    case TCG -> "qemu64";
                });
        try {
            ImageManifest image = ImageManifest.read(boot.image());
            parts.put("guest kernel", image.kernel());
            parts.put("image", image.digest());
        } catch (IOException _) {
            parts.put("image", "missing");
        }
        JobSpec.Shape shape = boot.shape();
        parts.put(
                "shape",
                shape.cpus() + " CPU, " + shape.memoryMib() + " MiB of memory, " + shape.diskMib() + " MiB of disk");
        parts.put("agent protocol", Integer.toString(Hello.FIRST));
        return new Fingerprint(parts);
    }

    static String cpu() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException _) {
            return "unknown";
        }
    }
}
