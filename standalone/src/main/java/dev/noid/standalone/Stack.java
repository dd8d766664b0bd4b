package dev.noid.standalone;

import dev.noid.schema.Deadline;
import dev.noid.standalone.api.ApiClient;
import dev.noid.standalone.api.VmStops;
import dev.noid.standalone.firststart.Secrets;
import dev.noid.standalone.postgres.PostgresBinaries;
import dev.noid.standalone.postgres.PostgresProcess;
import dev.noid.standalone.postgres.ServerUser;
import dev.noid.standalone.process.Ports;
import dev.noid.standalone.process.ProcessId;
import dev.noid.standalone.supervisor.Backoff;
import dev.noid.standalone.supervisor.Part;
import dev.noid.standalone.supervisor.PartLogs;
import dev.noid.standalone.supervisor.PartState;
import dev.noid.standalone.supervisor.PartStatus;
import dev.noid.standalone.supervisor.StackState;
import dev.noid.standalone.supervisor.StateFile;
import dev.noid.standalone.supervisor.Supervisor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The whole on one machine: broker, Postgres, gateway and worker, each its own process, and this supervisor in the
/// current one. What the parts are and what they need is in [StackParts].
public final class Stack implements AutoCloseable {
    private static final long LOG_LIMIT = 16L << 20;
    private static final Duration API_TIMEOUT = Duration.ofSeconds(2);
    private static final int POLL_MILLIS = 20;
    private static final Duration START = Duration.ofMinutes(2);

    private final DataRoot root;
    private final SupervisorLock lock;
    private final StateFile state;
    private final PartLogs logs;
    private final Secrets secrets;
    private final PostgresProcess postgres;
    private final Supervisor supervisor;
    private boolean closed;

    private Stack(DataRoot root, SupervisorLock lock, StackOptions options) throws IOException {
        this.root = root;
        this.lock = lock;
        Optional<StackState> before = StateFile.read(root.stateFile());
        new Leftovers(root).stopPostgres();
        Files.deleteIfExists(root.downFile());

        this.secrets = new Secrets(root.secrets());
        this.logs = new PartLogs(root.logs(), LOG_LIMIT);
        StackPorts ports = StackPorts.choose(before, options.port());
        ServerUser user = ServerUser.choose(PostgresProcess.data(root.postgres()));
        boolean asRoot = user.name().isPresent();
        Path binaries = PostgresBinaries.unpacked(PostgresBinaries.cache(options.environment(), asRoot));
        this.postgres = new PostgresProcess(
                binaries, root.postgres(), user, ports.postgres(), secrets.password(PostgresProcess.OWNER));

        List<List<Part>> stages = new StackParts(root, options, ports, secrets, postgres, logs).stages();
        ProcessId self = ProcessId.of(ProcessHandle.current().pid()).orElseThrow();
        this.state = StateFile.create(
                root.stateFile(),
                new StackState(
                        "http://127.0.0.1:" + ports.gateway(),
                        self.pid(),
                        self.startTicks(),
                        Instant.now(),
                        ports.controller(),
                        stages.stream()
                                .flatMap(List::stream)
                                .map(part -> new PartStatus(
                                        part.name(), null, null, part.port(), PartState.STARTING, Instant.now(), null))
                                .toList()));
        this.supervisor = new Supervisor(stages, state, logs, Backoff.USUAL);
    }

    /// Why this directory can't be used, if so. Only looks.
    public static Optional<StackStart.Refused> refusal(Path directory) throws IOException {
        ServerUser user = ServerUser.choose(PostgresProcess.data(new DataRoot(directory).postgres()));
        return DataRoot.refusal(directory, user).map(refusal -> new StackStart.Refused(refusal.what(), refusal.hint()));
    }

    /// Whether a supervisor has this directory, be it one that is only beginning and has written nothing yet.
    public static boolean supervised(DataRoot root) throws IOException {
        if (!Files.exists(root.lockFile())) {
            return false;
        }
        Optional<SupervisorLock> lock = SupervisorLock.take(root.lockFile());
        if (lock.isPresent()) {
            lock.get().close();
        }
        return lock.isEmpty();
    }

    /// Checks, stops leftovers of a killed run, and begins to start the parts. Never waits for them: see
    /// [#awaitStarted].
    public static StackStart open(Path directory, StackOptions options) throws IOException {
        Optional<StackStart.Refused> refusal = refusal(directory);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        DataRoot root = DataRoot.create(directory);
        Optional<SupervisorLock> lock = SupervisorLock.take(root.lockFile());
        if (lock.isEmpty()) {
            return running(root);
        }
        // A gateway that a killed run left still has its port, and will give it back.
        boolean leftovers = new Leftovers(root).stopJavaParts();
        if (options.port() != 0 && !Ports.free(options.port())) {
            lock.get().close();
            return new StackStart.Refused(
                    "port " + options.port() + " is taken by another program"
                            + (leftovers ? " (leftovers were stopped)" : ""),
                    "noid up --port 0 (a free one), or --port N, or NOID_PORT");
        }
        try {
            Stack stack = new Stack(root, lock.get(), options);
            stack.supervisor.start();
            return new StackStart.Started(stack);
        } catch (IOException | RuntimeException e) {
            lock.get().close();
            throw e;
        }
    }

    /// [#open] and [#awaitStarted] in one; for tests.
    public static Stack start(Path directory, StackOptions options) throws IOException, InterruptedException {
        Stack stack = open(directory, options).orThrow();
        Optional<StackStart.Failed> failed = stack.awaitStarted();
        if (failed.isPresent()) {
            stack.close();
            return failed.get().orThrow();
        }
        return stack;
    }

    private static StackStart running(DataRoot root) {
        return StateFile.read(root.stateFile())
                .map(found -> new StackStart.AlreadyRunning(
                        found.pid(),
                        found.url(),
                        found.parts().stream().allMatch(part -> part.state() == PartState.RUNNING)))
                .orElse(new StackStart.AlreadyRunning(0, "(it is just starting)", false));
    }

    /// Empty when all parts serve. A failure leaves what has started running: close.
    public Optional<StackStart.Failed> awaitStarted() throws InterruptedException {
        return supervisor
                .awaitStarted(Deadline.after(START))
                .map(failure ->
                        new StackStart.Failed(failure.part(), failure.why(), logs.lastLines(failure.part(), 15)));
    }

    public DataRoot root() {
        return root;
    }

    /// Of the API.
    public String url() {
        return state.state().url();
    }

    public String adminToken() throws IOException {
        return secrets.adminToken();
    }

    public Path adminTokenFile() {
        return secrets.adminTokenFile();
    }

    /// Kafka's `bootstrap.servers`.
    public String bootstrap() {
        return "127.0.0.1:" + state.state().port("broker");
    }

    public String jdbcUrl() {
        return postgres.jdbcUrl();
    }

    /// The password of a database role: `noid` (the owner), `noid_gateway`, `noid_worker`.
    public String password(String role) throws IOException {
        return secrets.password(role);
    }

    public StackState state() {
        return state.state();
    }

    /// Stops in order: worker and gateway, then broker and Postgres. VMs run on.
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        supervisor.close();
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Ends the VMs too: in order where gateway and worker still manage it, by their processes otherwise.
    public synchronized void closeWithVms() throws IOException {
        if (!closed) {
            new VmStops(new ApiClient(url(), adminToken(), API_TIMEOUT)).stopAll();
        }
        close();
        new Leftovers(root).endVms();
    }

    /// The process of a part (`postgres`, `broker`, `gateway`, `worker`) now; empty while it has none. For tests
    /// that kill it.
    public Optional<ProcessId> process(String part) {
        return status(part).process().filter(ProcessId::alive);
    }

    /// Waits until a part serves with another process than `before`. False: not within `span`.
    public boolean awaitRestarted(String part, ProcessId before, Duration span) throws InterruptedException {
        for (Deadline deadline = Deadline.after(span); !deadline.passed(); Thread.sleep(POLL_MILLIS)) {
            PartStatus now = status(part);
            if (now.state() == PartState.RUNNING
                    && now.process().filter(id -> !id.equals(before)).isPresent()) {
                return true;
            }
        }
        return false;
    }

    private PartStatus status(String part) {
        return state.state().parts().stream()
                .filter(status -> status.name().equals(part))
                .findFirst()
                .orElseThrow();
    }
}
