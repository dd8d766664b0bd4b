package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;

/// Copies what lies between a running VM's top layer and its lowest one into the top, so that a chain of layers does
/// not grow for ever. The guest does not notice; a checkpoint ends it, and what was copied by then does no harm.
final class Flattening {
    private static final String JOB = "flatten";

    /// Slow enough to leave the guest its disk.
    private static final long BYTES_PER_SECOND = 64L * 1024 * 1024;

    private static final Duration END = Duration.ofSeconds(5);

    private final QmpEye qmp;
    private final Map<String, CompletableFuture<String>> running = new ConcurrentHashMap<>();

    Flattening(QmpEye qmp) {
        this.qmp = qmp;
    }

    /// The chain as it is afterwards, lowest first.
    List<String> run(List<String> layers, Deadline deadline) throws QmpFailure {
        String lowest = layers.getFirst();
        String active = qmp.activeNode(deadline);
        CompletableFuture<String> ended = new CompletableFuture<>();
        running.put(JOB, ended);
        try {
            qmp.ask(
                    "block-stream",
                    Map.of(
                            "job-id", JOB,
                            "device", active,
                            "base-node", node(lowest, deadline),
                            // Without its path, so that it is found wherever the two lie together.
                            "backing-file", lowest,
                            "speed", BYTES_PER_SECOND),
                    deadline);
            String problem = QmpClient.await(ended, deadline, "block-stream");
            if (!problem.isEmpty()) {
                throw new QmpFailure("QEMU: " + problem);
            }
            return List.of(lowest, QemuLayers.layer(active));
        } catch (QmpFailure failed) {
            end(Deadline.after(END));
            throw failed;
        } finally {
            running.remove(JOB);
        }
    }

    private String node(String layer, Deadline deadline) throws QmpFailure {
        for (JsonNode node : qmp.ask("query-named-block-nodes", Map.of("flat", true), deadline)) {
            String file = node.path("file").asString("");
            if (node.path("drv").asString("").equals("raw") && file.endsWith("/" + layer)) {
                return node.path("node-name").asString("");
            }
        }
        throw new QmpFailure("QEMU's disk has no layer " + layer);
    }

    /// Ends one that runs, whoever began it; returns when its nodes are free.
    void end(Deadline deadline) throws QmpFailure {
        while (!qmp.ask("query-block-jobs", Map.of(), deadline).isEmpty()) {
            try {
                qmp.ask("block-job-cancel", Map.of("device", JOB, "force", true), deadline);
                qmp.ask("query-status", Map.of(), deadline);
            } catch (QmpFailure gone) {
                if (deadline.passed()) {
                    throw gone;
                }
            }
        }
    }

    /// An event of QEMU.
    void event(String name, JsonNode data) {
        CompletableFuture<String> job = running.get(data.path("device").asString(""));
        if (job != null && name.equals("BLOCK_JOB_COMPLETED")) {
            job.complete(data.path("error").asString(""));
        }
        if (job != null && name.equals("BLOCK_JOB_CANCELLED")) {
            job.complete("ended by a checkpoint");
        }
    }
}
