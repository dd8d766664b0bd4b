package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmEye;
import dev.noid.worker.engine.VmmSocket;
import dev.noid.worker.host.LastLine;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// A QEMU's monitor: why it ends, what its guest's console said; and how it is stopped, saved, loaded and let go.
final class QmpEye implements VmmEye {
    private static final Logger log = LoggerFactory.getLogger(QmpEye.class);

    private static final Duration ANSWER = Duration.ofSeconds(1);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    /// A write that failed is tried again [#TRY_AGAIN] later, and an answer may take [#ANSWER].
    private static final Duration OVERCOME = Duration.ofSeconds(5);

    /// All that the ring holds: reading takes from its beginning, which is the oldest.
    private static final int CONSOLE_BYTES = QemuPlan.CONSOLE_BYTES;

    /// Between standing still and running; none lasts longer than a device's state takes.
    private static final Set<String> PASSING = Set.of("finish-migrate", "inmigrate");

    private volatile QemuPlan plan;
    private final Path socket;
    private final Thread thread;
    private final CompletableFuture<QmpClient> client = new CompletableFuture<>();
    private final Flattening flattening;
    private volatile boolean closed;
    private volatile boolean guestShutDown;

    /// Why the guest's kernel gave up, known before QEMU is let go.
    private volatile @Nullable String crash;

    /// When a write of its disk last failed on the host, on [System#nanoTime], and whether for lack of space.
    private volatile @Nullable FailedWrite failedWrite;

    /// On purpose, until [#go].
    private boolean halted;

    private volatile CompletableFuture<String> migrated = new CompletableFuture<>();

    /// QEMU keeps what it was told of migrations, so a VM that stands still need not wait for that again.
    private volatile boolean prepared;

    private QmpEye(QemuPlan plan, Path socket) {
        this.plan = plan;
        this.socket = socket;
        this.flattening = new Flattening(this);
        this.thread = Thread.ofVirtual().name("qmp-" + plan.home().vm()).unstarted(this::run);
    }

    static QmpEye open(QemuPlan plan, Path socket) {
        QmpEye eye = new QmpEye(plan, socket);
        eye.thread.start();
        return eye;
    }

    private void run() {
        while (!closed) {
            try (SocketChannel channel = VmmSocket.connect(socket)) {
                QmpClient connected = new QmpClient(channel, this::event);
                client.complete(connected);
                if (closed) {
                    return;
                }
                connected.run();
                migrated.completeExceptionally(QmpClient.ended("it"));
                flattening.gone();
                return; // the VMM ended
            } catch (IOException _) {
                pause(); // it has no socket yet
            }
        }
    }

    private void event(String name, JsonNode data) {
        if (name.equals("SHUTDOWN") && data.path("guest").asBoolean(false)) {
            guestHasEnded();
        }
        flattening.event(name, data);
        if (name.equals("BLOCK_IO_ERROR") && data.path("action").asString("").equals("stop")) {
            failedWrite =
                    new FailedWrite(System.nanoTime(), data.path("nospace").asBoolean(false));
            Thread.ofVirtual().name("room-" + plan.home().vm()).start(this::tryAgain);
        }
        if (name.equals("MIGRATION")) {
            String status = data.path("status").asString("");
            if (Set.of("completed", "failed").contains(status)) {
                migrated.complete(status);
            }
        }
    }

    /// QEMU stands still then, so that the console can be asked once more, and ends when it is told to.
    private void guestHasEnded() {
        guestShutDown = true;
        Thread.ofVirtual().name("shutdown-" + plan.home().vm()).start(() -> {
            crash = Panic.in(readConsole()).orElse(null);
            while (!closed) {
                try {
                    ask("quit", Map.of(), Deadline.after(ANSWER));
                    return;
                } catch (QmpFailure failed) {
                    log.debug("vmm not ended yet vm={} why={}", plan.home().vm(), failed.getMessage());
                    pause(TRY_AGAIN);
                }
            }
        });
    }

    /// @param at on [System#nanoTime]
    private record FailedWrite(long at, boolean noSpace) {}

    /// Each try to go on that fails makes a new event, so one that is older than a few tries has been overcome.
    @Override
    public Optional<String> stall() {
        FailedWrite failed = failedWrite;
        if (failed == null || System.nanoTime() - failed.at() > OVERCOME.toNanos()) {
            return Optional.empty();
        }
        return Optional.of(
                failed.noSpace()
                        ? "disk_full: the VM stands still, as the host's disk is full; it goes on when there is room"
                        : "disk_error: the VM stands still, as the host's disk takes no write; it is tried again");
    }

    @Override
    public VmmEye moved(VmHome home, Boot boot) {
        plan = plan.moved(home, boot);
        return this;
    }

    /// Where the files of its disk are.
    Path layers() {
        return plan.home().layers();
    }

    @Override
    public boolean guestShutDown() {
        return guestShutDown;
    }

    @Override
    public Optional<String> crash() {
        return Optional.ofNullable(crash);
    }

    @Override
    public String console() {
        return LastLine.of(readConsole());
    }

    private String readConsole() {
        try {
            Map<String, Object> arguments = Map.of("device", "console", "size", CONSOLE_BYTES, "format", "utf8");
            return ask("ringbuf-read", arguments, Deadline.after(ANSWER)).asString("");
        } catch (QmpFailure _) {
            return "";
        }
    }

    @Override
    public Optional<String> build() {
        return client.isDone() && !client.isCompletedExceptionally()
                ? Optional.ofNullable(client.join().build())
                : Optional.empty();
    }

    JsonNode ask(String command, Map<String, ? extends @Nullable Object> arguments, Deadline deadline)
            throws QmpFailure {
        return QmpClient.await(client, deadline, command).ask(command, arguments, deadline);
    }

    /// For what would be in the way of a VM that stands still and is saved: [#halt] ends it, and none begins until
    /// [#go].
    synchronized <T> T whileItRuns(Step<T> begin) throws QmpFailure {
        if (halted) {
            throw new QmpFailure("the VM stands still");
        }
        return begin.run();
    }

    interface Step<T> {
        T run() throws QmpFailure;
    }

    /// What the guest's writes go to.
    String activeNode(Deadline deadline) throws QmpFailure {
        // Not query-block: its answer tells of every layer again for each one above it.
        Map<String, String> drive = Map.of("path", "/machine/peripheral/" + QemuPlan.DISK, "property", "drive");
        return ask("qom-get", drive, deadline).asString("");
    }

    /// Runs a command that moves device state, in or out, and returns what completes when it is all there.
    CompletableFuture<String> migrate(String command, String uri, Deadline deadline) throws QmpFailure {
        if (!prepared) {
            Migration.prepare(this, deadline);
            prepared = true;
        }
        CompletableFuture<String> done = new CompletableFuture<>();
        migrated = done;
        ask(command, Map.of("uri", uri), deadline);
        return done;
    }

    /// The host's disk was full, and QEMU stands still until it is told to try again. Without room it says so again.
    private void tryAgain() {
        log.warn(
                "vm stands still, the host's disk takes no more vm={}",
                plan.home().vm());
        pause(TRY_AGAIN);
        synchronized (this) {
            try {
                Deadline soon = Deadline.after(ANSWER);
                if (!halted && status(soon).equals("io-error")) {
                    ask("cont", Map.of(), soon);
                }
            } catch (QmpFailure failed) {
                log.warn("vm not tried again vm={} why={}", plan.home().vm(), failed.getMessage());
            }
        }
    }

    @Override
    public synchronized Optional<JobError> halt(Deadline deadline) {
        try {
            flattening.end(deadline);
            ask("stop", Map.of(), deadline);
            halted = true;
            return Optional.empty();
        } catch (QmpFailure failed) {
            return failed("the VM could not be made to stand still", failed);
        }
    }

    @Override
    public EngineResult<PausedMachine.Saved> save(Path directory, MemoryBase base, Boot next, Deadline deadline) {
        return new QemuSave(plan, this).run(directory, base, next, deadline);
    }

    @Override
    public synchronized Optional<JobError> go(Deadline deadline) {
        try {
            String status = status(deadline);
            while (PASSING.contains(status) && !deadline.passed()) {
                pause();
                status = status(deadline);
            }
            if (status.equals("shutdown")) {
                guestHasEnded(); // while no worker watched it
            } else if (!status.equals("running")) {
                ask("cont", Map.of(), deadline);
            }
            halted = false;
            return Optional.empty();
        } catch (QmpFailure failed) {
            return failed("the VM could not be let go on", failed);
        }
    }

    private String status(Deadline deadline) throws QmpFailure {
        return ask("query-status", Map.of(), deadline).path("status").asString("");
    }

    @Override
    public Optional<JobError> load(Deadline deadline) {
        try {
            new QemuLoad(plan, this).run(deadline);
            return Optional.empty();
        } catch (QmpFailure failed) {
            return failed("the saved devices could not be loaded", failed);
        }
    }

    @Override
    public EngineResult<List<String>> flatten(
            List<String> layers, long bytesPerSecond, BooleanSupplier unwanted, Deadline deadline) {
        try {
            return new EngineResult.Ok<>(flattening.run(layers, bytesPerSecond, unwanted, deadline));
        } catch (QmpFailure failed) {
            return new EngineResult.Failed<>(
                    failed("the disk's layers could not be made fewer", failed).orElseThrow(), true);
        }
    }

    private static Optional<JobError> failed(String what, QmpFailure why) {
        return Optional.of(JobError.host("vmm_refused", what + ": " + why.getMessage()));
    }

    @Override
    public void close() {
        closed = true;
        // Whoever waits for one that never came hears it now.
        if (!client.completeExceptionally(QmpClient.ended("anything")) && !client.isCompletedExceptionally()) {
            client.join().close();
        }
    }

    private static void pause() {
        pause(Duration.ofMillis(5));
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
