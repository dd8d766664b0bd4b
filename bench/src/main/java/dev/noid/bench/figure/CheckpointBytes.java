package dev.noid.bench.figure;

import dev.noid.bench.bare.BareCheckpoint;
import dev.noid.bench.bare.BareVm;
import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.StackKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// What 20 checkpoints of an idle VM of 256 MiB take on disk, every shared file once; beside 20 sparse copies.
public final class CheckpointBytes implements Figure {
    private static final int COUNT = 20;
    private static final double MIB = 1 << 20;

    @Override
    public String name() {
        return "checkpoint-bytes";
    }

    @Override
    public StackKind stack() {
        return StackKind.VMS;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        Series noid = rig.log().series(name(), "noid", Unit.MIB);
        Series bare = rig.log().series(name(), "bare", Unit.MIB);
        try (Api api = rig.stack().api()) {
            api.create("bench-bytes");
            JsonNode bytes = api.get("/vms/bench-bytes");
            List<JsonNode> made = new ArrayList<>();
            try (BareVm vm = BareVm.boot(rig.stack().kitLike(bytes, rig.image()), "bytes")) {
                long copies = 0;
                for (int i = 0; i < COUNT; i++) {
                    made.add(api.checkpoint("bench-bytes"));
                    BareCheckpoint kept = vm.checkpoint("ck-" + i);
                    copies += kept.bytes();
                    kept.remove();
                }
                noid.add(allocated(rig.stack().checkpoints(bytes)) / MIB);
                bare.add(copies / MIB);
            } finally {
                for (JsonNode one : made) {
                    api.removeCheckpoint(one);
                }
                api.destroy("bench-bytes");
            }
        }
        return List.of(new Row(
                name(),
                "20 checkpoints, allocated",
                Unit.MIB,
                noid.samples(),
                "20 sparse copies",
                bare.samples(),
                new Goal.RatioAtMost(0.35)));
    }

    /// As `du` counts: a file with many names once.
    private static long allocated(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return 0;
        }
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        }
        Set<Object> seen = new HashSet<>();
        long sum = 0;
        for (Path file : files) {
            if (seen.add(Files.getAttribute(file, "unix:ino"))) {
                sum += BareCheckpoint.allocated(file);
            }
        }
        return sum;
    }
}
