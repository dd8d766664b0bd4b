package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Json;
import dev.noid.worker.CrashPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// A stack in which something breaks at a [CrashPoint] of a checkpoint, a restore or a fork, and what must hold then:
/// soon the VM runs or has clearly failed, what is listed can be gone back to, and nothing else is left.
final class CheckpointFaults implements AutoCloseable {
    private static final Duration SETTLED_WITHIN = Duration.ofSeconds(10);
    private static final Duration WORKER_BACK = Duration.ofSeconds(30);

    final Stack stack;
    private final Path crashAt;
    private final Path tmpfs;
    private int count;

    CheckpointFaults(String engine) throws IOException {
        tmpfs = Files.createTempDirectory(Path.of("/dev/shm"), "noid-faults-");
        Files.setPosixFilePermissions(tmpfs, PosixFilePermissions.fromString("rwx--x--x"));
        stack = Stack.prepare(engine, Vm.NO_POOL);
        crashAt = stack.directory().resolve("crash-at");
        stack.environment().put("NOID_TMPFS", tmpfs.toString());
        stack.environment().put("NOID_CRASH_POINT", crashAt.toString());
        stack.start();
    }

    static Stream<CrashPoint> points() {
        return Arrays.stream(CrashPoint.values())
                .filter(point -> Stream.of("CHECKPOINT_", "RESTORE_", "FORK_").anyMatch(point.name()::startsWith));
    }

    enum Victim {
        WORKER,
        VMM
    }

    /// What breaks while the worker stands still at the point, or is mended afterwards.
    interface Breakage {
        void of(Path home) throws IOException;
    }

    void killed(Victim victim, CrashPoint point) throws IOException, InterruptedException {
        Vm vm = Vm.create(stack, "vm" + ++count, 128);
        vm.sh("echo one > file");
        String first = vm.checkpoint("first");
        vm.sh("echo two > file");
        if (victim == Victim.WORKER) {
            long worker = worker();
            Files.writeString(crashAt, point.name());
            String job = submit(vm, point, first);
            await().atMost(WORKER_BACK)
                    .untilAsserted(() ->
                            assertThat(crashAt).as("%s was never hit", point).doesNotExist());
            await().atMost(WORKER_BACK).until(() -> !Set.of(worker, 0L).contains(worker()));
            settled(vm, job);
        } else {
            String job = held(vm, point, first, _ -> vmms(vm).forEach(pid -> Processes.signal("KILL", pid)));
            settled(vm, job);
        }
        goesOn(vm, first);
    }

    /// Runs `before` at the point, and `after` once the worker goes on from it.
    void away(CrashPoint point, Breakage before, Breakage after) throws IOException, InterruptedException {
        Vm vm = Vm.create(stack, "vm" + ++count, 128);
        vm.sh("echo one > file");
        String first = vm.checkpoint("first");
        vm.sh("echo two > file; (while :; do date > tick; sleep 0.2; done) > /dev/null 2>&1 &");
        Path home = home(vm);
        String job = held(vm, point, first, before);
        after.of(home);
        settled(vm, job);
        goesOn(vm, first);
    }

    /// Somebody cancels the job while the worker stands still at the point. Returns what became of it.
    String cancelled(CrashPoint point) throws IOException, InterruptedException {
        Vm vm = Vm.create(stack, "vm" + ++count, 128);
        vm.sh("echo one > file");
        String first = vm.checkpoint("first");
        vm.sh("echo two > file; (while :; do date > tick; sleep 0.2; done) > /dev/null 2>&1 &");
        List<Path> homes = new ArrayList<>();
        String job = held(vm, point, first, _ -> {
            homes.addAll(homes(vm));
            String open = stack.http()
                    .get("/jobs?vm=" + (homes.size() > 1 ? fork(vm) : vm).name() + "&state=running")
                    .json()
                    .at("/items/0/id")
                    .asString();
            assertThat(stack.http().post("/jobs/" + open + "/cancel", "").status())
                    .isIn(200, 202);
            await().atMost(SETTLED_WITHIN).until(() -> worker("cancel heard .* job=" + open));
        });
        settled(vm, job);
        String state = stack.http().ended(job, SETTLED_WITHIN).path("state").asString();
        if (state.equals("cancelled") && homes.size() > 1) {
            assertThat(stack.http().get(fork(vm).path()).status()).isEqualTo(404);
            assertThat(homes.getLast()).doesNotExist();
            assertThat(vmms(homes.getLast())).isEmpty();
        }
        if (state.equals("cancelled")) {
            assertThat(vm.checkpoints()).hasSize(1);
            assertThat(vmms(homes.getFirst())).hasSize(1);
            String tick = vm.sh("cat tick");
            await().atMost(SETTLED_WITHIN)
                    .untilAsserted(
                            () -> assertThat(vm.sh("cat tick")).as("it goes on").isNotEqualTo(tick));
        }
        goesOn(vm, first);
        return state;
    }

    /// The worker dies at the point, and the next one finds VMMs that do not answer yet: it can't know whether the VM
    /// runs, and must not say how the restore ended.
    void silentForTheNextWorker(CrashPoint point) throws IOException, InterruptedException {
        Vm vm = Vm.create(stack, "vm" + ++count, 128);
        vm.sh("echo one > file");
        String first = vm.checkpoint("first");
        vm.sh("echo two > file");
        List<Long> silent = new ArrayList<>();
        String job = held(vm, point, first, _ -> {
            silent.addAll(vmms(vm));
            silent.forEach(pid -> Processes.signal("STOP", pid));
            long worker = worker();
            stack.kill("worker");
            await().atMost(WORKER_BACK).until(() -> !Set.of(worker, 0L).contains(worker()));
            await().atMost(WORKER_BACK)
                    .until(() ->
                            worker("vm not adopted vm=" + vm.get().path("id").asString()));
            assertThat(stack.http()
                            .get("/jobs?vm=" + vm.name() + "&state=running")
                            .json()
                            .path("items"))
                    .as("the restore is neither over nor given up")
                    .hasSize(1);
            assertThat(vmms(vm)).containsAnyElementsOf(silent);
            silent.forEach(pid -> Processes.signal("CONT", pid));
        });
        settled(vm, job);
        assertThat(vm.get().path("observed").asString()).isEqualTo("running");
        goesOn(vm, first);
    }

    private boolean worker(String said) throws IOException {
        try (Stream<String> lines = Files.lines(stack.data().resolve("logs/worker.log"))) {
            return lines.anyMatch(Pattern.compile(said).asPredicate());
        }
    }

    private String held(Vm vm, CrashPoint point, String first, Breakage breakage)
            throws IOException, InterruptedException {
        Path held = stack.directory().resolve("held-" + point.name().toLowerCase(Locale.ROOT));
        Path home = home(vm);
        Files.writeString(crashAt, point.name() + " hold");
        String job = submit(vm, point, first);
        await().atMost(WORKER_BACK)
                .untilAsserted(
                        () -> assertThat(held).as("%s was never hit", point).exists());
        breakage.of(home);
        Files.delete(held);
        return job;
    }

    private String submit(Vm vm, CrashPoint point, String first) {
        if (point.name().startsWith("CHECKPOINT")) {
            return id(vm.submitCheckpoint("second"));
        }
        if (point.name().startsWith("RESTORE")) {
            return id(vm.submitRestore(first, true));
        }
        return id(vm.http().post("/vms", "{\"name\":\"" + fork(vm).name() + "\",\"checkpoint\":\"" + first + "\"}"));
    }

    private static String id(Http.Reply submitted) {
        assertThat(submitted.status()).as(submitted.toString()).isEqualTo(202);
        return submitted.json().path("id").asString();
    }

    private static Vm fork(Vm vm) {
        return vm.named(vm.name() + "-fork");
    }

    /// The job ends by itself; and then, soon, the VM answers or is no longer said to run.
    private void settled(Vm vm, String job) {
        JsonNode ended = stack.http().ended(job, Duration.ofSeconds(60));
        boolean succeeded = ended.path("state").asString().equals("succeeded");
        assertThat(ended.path("state").asString())
                .as(ended.toString())
                .isIn("succeeded", "failed", "lost", "cancelled");
        String kind = ended.path("kind").asString();
        await().atMost(SETTLED_WITHIN).untilAsserted(() -> {
            String observed = vm.get().path("observed").asString();
            assertThat(observed).as("%s\n%s", ended, stack.logs()).isIn("running", "failed", "stopped");
            if (observed.equals("running")) {
                assertThat(vm.sh("cat file")).isEqualTo(kind.equals("restore") && succeeded ? "one\n" : "two\n");
            }
            if (kind.equals("create") && succeeded) {
                String forked = fork(vm).get().path("observed").asString();
                assertThat(forked).isIn("running", "failed", "stopped");
                if (forked.equals("running")) {
                    assertThat(fork(vm).sh("cat file")).isEqualTo("one\n");
                }
            }
            assertOnlyWholeOnesAreThere(vm);
        });
    }

    private void assertOnlyWholeOnesAreThere(Vm vm) {
        Set<String> listed = vm.checkpoints().stream()
                .map(one -> {
                    assertThat(one.path("state").asString()).isEqualTo("complete");
                    return one.path("id").asString();
                })
                .collect(Collectors.toSet());
        assertThat(below(stack.data()
                        .resolve("checkpoints")
                        .resolve(vm.get().path("id").asString())))
                .isEqualTo(listed);
    }

    private void goesOn(Vm vm, String first) {
        if (!vm.get().path("observed").asString().equals("running")) {
            vm.ended(
                    vm.http().post(vm.path() + "/start", "{}").json().path("id").asString(), "succeeded");
        }
        vm.sh("echo three > file");
        String third = vm.checkpoint("third");
        vm.restore(first, false);
        assertThat(vm.sh("cat file")).isEqualTo("one\n");
        vm.restore(third, false);
        assertThat(vm.sh("cat file")).isEqualTo("three\n");
        List<Path> homes = homes(vm);
        if (stack.http().get(fork(vm).path()).status() == 200) {
            fork(vm).destroy(true);
        }
        vm.destroy(true);
        await().atMost(SETTLED_WITHIN).untilAsserted(() -> {
            for (Path home : homes) {
                String id = String.valueOf(home.getFileName());
                assertThat(home).doesNotExist();
                assertThat(vmms(home)).isEmpty();
                assertThat(below(stack.data().resolve("checkpoints"))).doesNotContain(id);
                assertThat(below(tmpfs.resolve(memory()))).noneMatch(file -> file.startsWith(id));
                assertThat(vm.http().get("/checkpoints?vm=" + id).json().path("items"))
                        .isEmpty();
            }
        });
    }

    /// Every process of this VM and of its fork, of whatever generation.
    private List<Long> vmms(Vm vm) {
        return homes(vm).stream().flatMap(home -> vmms(home).stream()).toList();
    }

    static List<Long> vmms(Path home) {
        return Processes.mentioning(home.toString()).stream()
                .map(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
                .toList();
    }

    /// Of the VM and of its fork, as far as they are there.
    private List<Path> homes(Vm vm) {
        return Stream.of(vm, fork(vm))
                .filter(one -> stack.http().get(one.path()).status() == 200)
                .map(this::home)
                .toList();
    }

    private Path home(Vm vm) {
        return stack.data().resolve("vms").resolve(vm.get().path("id").asString());
    }

    /// The directory of this stack's memory files; the stub has none.
    private String memory() {
        return below(tmpfs).stream().findFirst().orElse("none");
    }

    /// 0 while there is none. Asking `noid status` takes a second of a busy machine.
    private long worker() throws IOException {
        JsonNode state =
                Json.records().readTree(stack.data().resolve("run/state.json").toFile());
        return state.path("parts")
                .valueStream()
                .filter(part -> part.path("name").asString().equals("worker"))
                .findFirst()
                .orElseThrow()
                .path("pid")
                .asLong();
    }

    private static Set<String> below(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName())).collect(Collectors.toSet());
        } catch (NoSuchFileException none) {
            return Set.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        stack.close();
        Processes.deleteRecursively(tmpfs);
    }
}
