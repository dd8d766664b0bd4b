package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.CheckpointPolicy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which checkpoints of a VM may stay, the same for `prune` and `policy`.
final class Retention {
    @Option(names = "--keep-last", paramLabel = "N", description = "The newest N.")
    private @Nullable Integer keepLast;

    @Option(names = "--max-age", paramLabel = "DURATION", description = "Those not older, e.g. 12h or 7d.")
    private @Nullable String maxAge;

    @Option(
            names = "--max-bytes",
            paramLabel = "SIZE",
            description = "The newest that fit, e.g. 10G; shared bytes count once.")
    private @Nullable String maxBytes;

    boolean given() {
        return keepLast != null || maxAge != null || maxBytes != null;
    }

    CheckpointPolicy policy(@Nullable Boolean dryRun) {
        if (keepLast != null && keepLast < 1) {
            throw Failure.usage("--keep-last is " + keepLast + ", which keeps nothing", "e.g. --keep-last 5");
        }
        return new CheckpointPolicy(
                keepLast,
                maxAge == null ? null : Units.duration("--max-age", maxAge).toSeconds(),
                maxBytes == null ? null : (long) Units.mebibytes("--max-bytes", maxBytes) << 20,
                dryRun);
    }
}
