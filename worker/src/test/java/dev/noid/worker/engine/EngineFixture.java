package dev.noid.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.Json;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.PausedMachine.Saved;
import dev.noid.worker.guest.HeardExec;
import dev.noid.worker.guest.Identity;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.ffi.Flock;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/// A host with one engine: homes, VMs in them, and what must not be left of them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class EngineFixture {
    protected static final Duration START = Duration.ofMinutes(2);
    protected static final JobSpec.Shape SHAPE = new JobSpec.Shape(256, 1, 512);

    private final AtomicInteger execs = new AtomicInteger();
    protected final Flock flock = new Flock();

    /// What makes up each VM's disk now.
    protected final Map<String, List<String>> layers = new ConcurrentHashMap<>();

    /// Root of this run's files. Its path is longer than that of a socket may be (field cases 70 and 71).
    protected final Path data = scratch();

    /// Its files are below [#data].
    protected abstract EngineKind kind() throws IOException;

    protected Engine engine() throws Exception {
        return kind().engine();
    }

    protected Path image() throws Exception {
        return kind().image();
    }

    protected List<Path> leftovers(VmHome home, long generation) throws IOException {
        return kind().leftovers(home, generation);
    }

    private static Path scratch() {
        try {
            return Files.createTempDirectory("noid-engine-" + "long".repeat(30) + "-");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @AfterAll
    void removeAll() throws IOException {
        try {
            assertThat(kind().shared()).noneMatch(Files::exists);
            await().untilAsserted(() -> assertThat(workingBelow(data)).isEmpty());
        } finally {
            FileTree.remove(data);
        }
    }

    /// Processes that have their directory below this one, also when it is gone: no file tells of those.
    private static List<String> workingBelow(Path directory) throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    String where =
                            Files.readSymbolicLink(process.resolve("cwd")).toString();
                    if (where.startsWith(directory + "/")) {
                        found.add(process.getFileName() + " in " + where);
                    }
                } catch (IOException _) {
                    // It has ended, or is not ours to look at.
                }
            }
        }
        return found;
    }

    protected VmHome home(String vm) throws IOException {
        return new VmHome(vm, Files.createDirectories(data.resolve("vms").resolve(vm)));
    }

    protected Boot boot(String vm, long generation) throws Exception {
        return new Boot(vm, image(), SHAPE, generation, layers.getOrDefault(vm, List.of()));
    }

    protected static <T> T ok(EngineResult<T> result) {
        assertThat(result).isInstanceOf(EngineResult.Ok.class);
        return ((EngineResult.Ok<T>) result).value();
    }

    protected void prepare(String vm) throws Exception {
        layers.put(
                vm,
                ok(engine().prepare(home(vm), boot(vm, 1), Deadline.after(START)))
                        .layers());
    }

    protected Machine started(String vm, long generation) throws Exception {
        if (generation == 1) {
            prepare(vm);
        }
        return ok(engine().start(home(vm), boot(vm, generation), Deadline.after(START)));
    }

    protected Optional<Machine> adopted(String vm, long generation) throws Exception {
        return ok(engine().adopt(home(vm), boot(vm, generation), Deadline.after(Duration.ofSeconds(20))));
    }

    protected void assertNothingLeft(VmHome home, Machine gone) throws IOException {
        assertThat(ProcessHandle.of(gone.pid()).filter(ProcessHandle::isAlive)).isEmpty();
        assertThat(flock.held(home.lock(gone.generation()))).isFalse();
        try (var files = Files.list(home.directory())) {
            assertThat(files.map(file -> String.valueOf(file.getFileName()))).isSubsetOf("layers");
        }
        assertThat(leftovers(home, gone.generation())).noneMatch(Files::exists);
    }

    /// Saves a running VM into a directory of this name, as a caller does: the manifest last.
    protected Path checkpoint(Machine machine, String name) throws Exception {
        return checkpoint(machine, name, null);
    }

    /// @param base one that it is likely to be much like
    protected Path checkpoint(Machine machine, String name, @Nullable Path base) throws Exception {
        Engine engine = engine();
        String vm = machine.vm();
        VmHome home = home(vm);
        Boot before = boot(vm, machine.generation());
        Path directory = Files.createDirectories(data.resolve("checkpoints").resolve(name));
        Boot next = before.withLayers(
                ok(engine.addLayer(home, before, Deadline.after(START))).layers());
        layers.put(vm, next.layers());
        Saved saved;
        try (MemoryBase below =
                base == null ? MemoryBase.none() : engine.base(directory, base, before, Deadline.after(START))) {
            PausedMachine paused = ok(machine.pause(Deadline.after(START)));
            try {
                saved = ok(paused.save(directory, below, next, Deadline.after(START)));
            } finally {
                paused.resume();
            }
        }
        Saved sealed = ok(engine.seal(directory, saved, Deadline.after(START)));
        SavedVm manifest = new SavedVm(engine.fingerprint(before), sealed.files(), sealed.checksums(), before.layers());
        Files.write(directory.resolve(SavedVm.FILE), Json.records().writeValueAsBytes(manifest));
        return directory;
    }

    protected Machine restored(String vm, long generation, Path saved, @Nullable String machineId) throws Exception {
        Engine engine = engine();
        Boot boot = boot(vm, generation);
        assertThat(engine.check(saved, boot)).isEmpty();
        Boot loaded = boot.withLayers(
                ok(engine.load(home(vm), boot, saved, Deadline.after(START))).layers());
        byte[] seed = new byte[64];
        new SecureRandom().nextBytes(seed);
        Identity identity = new Identity(vm, UUID.randomUUID().toString(), machineId, machineId != null, seed);
        Machine machine = ok(engine.restore(home(vm), loaded, identity, Deadline.after(START)));
        layers.put(vm, loaded.layers());
        machine.guest().thaw();
        return machine;
    }

    protected static JobSpec.Exec sh(String script) {
        return exec(List.of("/bin/sh", "-c", script), Map.of(), null, null, null, false, 0, 1000);
    }

    protected static JobSpec.Exec exec(
            List<String> argv,
            Map<String, String> env,
            @Nullable String cwd,
            @Nullable String user,
            byte @Nullable [] stdin,
            boolean stdinOpen,
            long timeoutMillis,
            int graceMillis) {
        return new JobSpec.Exec(argv, env, cwd, user, stdin, stdinOpen, timeoutMillis, graceMillis, 1 << 30, false);
    }

    protected ExecId next() {
        return new ExecId("job-" + getClass().getSimpleName().toLowerCase(Locale.ROOT) + execs.incrementAndGet(), 1);
    }

    protected HeardExec run(Machine machine, JobSpec.Exec spec) throws Exception {
        HeardExec heard = new HeardExec();
        ExecId id = next();
        heard.of(machine.guest().start(id, spec, heard));
        heard.exit();
        machine.guest().forget(id);
        return heard;
    }
}
