package dev.noid.cli.command;

import dev.noid.cli.print.Units;
import dev.noid.schema.api.CreateVm;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How long a new VM is wanted, and its labels.
final class LifetimeOptions {
    @Option(
            names = "--ttl",
            paramLabel = "DURATION",
            description = "Destroy it so long from now, whatever it is doing, e.g. 2h.")
    private @Nullable String ttl;

    @Option(
            names = "--idle-stop",
            paramLabel = "DURATION",
            description = "Stop it, its files kept, once nothing was asked of it for so long, e.g. 15m.")
    private @Nullable String idleStop;

    @Option(
            names = "--label",
            paramLabel = LabelWords.PARAM,
            description =
                    "A label to list it by, e.g. team=blue; any number of them. (Of a checkpoint --label is its name.)")
    private List<String> labels = List.of();

    @Nullable
    Long ttlSeconds() {
        return ttl == null ? null : Units.seconds("--ttl", ttl);
    }

    @Nullable
    Integer idleStopSeconds() {
        return idleStop == null ? null : Math.toIntExact(Units.seconds("--idle-stop", idleStop));
    }

    @Nullable
    Map<String, String> labels() {
        return LabelWords.map(labels);
    }

    CreateVm of(CreateVm vm, boolean ifMissing) {
        return new CreateVm(
                vm.name(),
                vm.image(),
                vm.memoryMib(),
                vm.cpus(),
                vm.diskMib(),
                vm.checkpoint(),
                ifMissing ? true : null,
                ttlSeconds(),
                idleStopSeconds(),
                null,
                null,
                labels());
    }
}
