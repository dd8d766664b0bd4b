package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Copies what lies between a running VM's top layer and its lowest one into the top, so that a chain of layers does
/// not grow for ever. The guest does not notice; a checkpoint ends it, and what was copied by then does no harm.
///
/// The top's header, which names the layer below, changes only when the copy is on the disk: a QEMU that is killed in
/// between must not leave a top that has forgotten the layers it still needs.
final class Flattening {
    private static final Logger log = LoggerFactory.getLogger(Flattening.class);

    private static final String JOB = "flatten";

    private static final Duration END = Duration.ofSeconds(5);

    /// How soon it is noticed that it is not wanted any more.
    private static final Duration LOOK = Duration.ofMillis(50);

    private static final String NOT_YET = "not over yet";

    private final QmpEye qmp;
    /// One at a time: QEMU calls each by the same name.
    private final ReentrantLock turn = new ReentrantLock();

    private volatile @Nullable Job job;

    /// Each completes with what went wrong, or with nothing.
    ///
    /// @param copied all is in the top, and the header is as it was
    /// @param ended  the header says so too
    private record Job(CompletableFuture<String> copied, CompletableFuture<String> ended) {
        void over(String problem) {
            copied.complete(problem);
            ended.complete(problem);
        }
    }

    Flattening(QmpEye qmp) {
        this.qmp = qmp;
    }

    /// The chain as it is afterwards, lowest first.
    List<String> run(List<String> layers, long bytesPerSecond, BooleanSupplier unwanted, Deadline deadline)
            throws QmpFailure {
        takeTurn(deadline);
        try {
            return flattened(layers, bytesPerSecond, unwanted, deadline);
        } finally {
            turn.unlock();
        }
    }

    private void takeTurn(Deadline deadline) throws QmpFailure {
        try {
            if (!turn.tryLock(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new QmpFailure("another one did not end in time");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new QmpFailure("the wait for another one was interrupted");
        }
    }

    private List<String> flattened(List<String> chain, long bytesPerSecond, BooleanSupplier unwanted, Deadline deadline)
            throws QmpFailure {
        String lowest = chain.getFirst();
        Job mine = new Job(new CompletableFuture<>(), new CompletableFuture<>());
        try {
            end(deadline.atMost(END)); // one that a worker before this one began
            job = mine;
            String active = qmp.whileItRuns(() -> begin(lowest, bytesPerSecond, deadline));
            awaitCopied(mine, unwanted, deadline);
            sync(active);
            flush(active, deadline);
            qmp.ask("job-finalize", Map.of("id", JOB), deadline);
            await(mine.ended(), deadline);
            flush(active, deadline);
            letGo(chain.subList(1, chain.size() - 1).reversed());
            return List.of(lowest, QemuLayers.layer(active));
        } catch (QmpFailure failed) {
            end(Deadline.after(END));
            throw failed;
        } finally {
            job = null;
        }
    }

    /// The layer it copies into: the one that is written, and stays so while no checkpoint comes in between.
    private String begin(String lowest, long bytesPerSecond, Deadline deadline) throws QmpFailure {
        String active = qmp.activeNode(deadline);
        qmp.ask(
                "block-stream",
                Map.of(
                        "job-id", JOB,
                        "device", active,
                        "base-node", node(lowest, deadline),
                        // Without its path, so that it is found wherever the two lie together.
                        "backing-file", lowest,
                        "speed", bytesPerSecond,
                        "auto-finalize", false),
                deadline);
        return active;
    }

    private static void awaitCopied(Job mine, BooleanSupplier unwanted, Deadline deadline) throws QmpFailure {
        String said = NOT_YET;
        while (said.equals(NOT_YET)) {
            if (unwanted.getAsBoolean()) {
                throw new QmpFailure("it is not wanted any more");
            }
            CompletableFuture<String> soon =
                    mine.copied().copy().completeOnTimeout(NOT_YET, LOOK.toMillis(), TimeUnit.MILLISECONDS);
            said = QmpClient.await(soon, deadline, "block-stream");
        }
        await(mine.copied(), deadline);
    }

    private static void await(CompletableFuture<String> step, Deadline deadline) throws QmpFailure {
        String problem = QmpClient.await(step, deadline, "block-stream");
        if (!problem.isEmpty()) {
            throw new QmpFailure("QEMU: " + problem);
        }
    }

    /// The copy, before [#flush] does the same: that holds up the guest until it is done.
    private void sync(String node) throws QmpFailure {
        try (FileChannel file =
                FileChannel.open(qmp.layers().resolve(QemuLayers.layer(node)), StandardOpenOption.READ)) {
            file.force(false);
        } catch (IOException failed) {
            throw new QmpFailure("the copy could not be brought to the disk: " + failed.getMessage());
        }
    }

    /// QEMU's own tables, and the file. No command of QMP does this to a disk in use.
    private void flush(String node, Deadline deadline) throws QmpFailure {
        String said = qmp.ask("human-monitor-command", Map.of("command-line", "qemu-io " + node + " flush"), deadline)
                .asString("");
        if (!said.isBlank()) {
            throw new QmpFailure("QEMU: flush: " + said.strip());
        }
    }

    /// QEMU keeps what was given to it by command, files open, until it is told otherwise: their room would not be
    /// free before its end, and what it tells of its disk would grow with each checkpoint.
    ///
    /// @param layers that no other needs; the highest first, as each needs the next
    private void letGo(List<String> layers) {
        Deadline deadline = Deadline.after(END);
        for (String layer : layers) {
            try {
                qmp.ask("blockdev-del", Map.of("node-name", QemuLayers.node(layer)), deadline);
            } catch (QmpFailure unknown) {
                // It was there from the start, under a name of QEMU's own, and is gone with the last that needed it.
                log.debug("layer not let go layer={} why=\"{}\"", layer, unknown.getMessage());
            }
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

    /// Nothing more is heard of QEMU.
    void gone() {
        Job now = job;
        if (now != null) {
            now.over("it ended, or was let go");
        }
    }

    /// An event of QEMU.
    void event(String name, JsonNode data) {
        Job now = job;
        if (now == null) {
            return;
        }
        if (name.equals("BLOCK_JOB_PENDING") && data.path("id").asString("").equals(JOB)) {
            now.copied().complete("");
        } else if (data.path("device").asString("").equals(JOB)) {
            if (name.equals("BLOCK_JOB_COMPLETED")) {
                now.over(data.path("error").asString(""));
            } else if (name.equals("BLOCK_JOB_CANCELLED")) {
                now.over("ended by a checkpoint");
            }
        }
    }
}
