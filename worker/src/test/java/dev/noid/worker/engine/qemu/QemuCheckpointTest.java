package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.Deadline;
import dev.noid.schema.Json;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.CheckpointContractTest;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.guest.Identity;
import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class QemuCheckpointTest extends CheckpointContractTest {
    @Override
    protected QemuKind kind() throws IOException {
        return QemuKind.on(data);
    }

    @Test
    void layersAreSharedByEverybodyAndWrittenByNobody() throws Exception {
        Machine machine = started("vm-layers", 1);
        List<String> before = List.copyOf(layers.getOrDefault("vm-layers", List.of()));
        Path saved = checkpoint(machine, "ck-layers");
        Machine fork = restored("vm-shares", 1, saved, "0".repeat(31) + "4");
        Path source = home("vm-layers").layers();
        for (String layer : before) {
            Object inode = Files.getAttribute(source.resolve(layer), "unix:ino");
            assertThat(Files.getAttribute(saved.resolve("disk").resolve(layer), "unix:ino"))
                    .isEqualTo(inode);
            assertThat(Files.getAttribute(home("vm-shares").layers().resolve(layer), "unix:ino"))
                    .isEqualTo(inode);
        }
        Path frozen = source.resolve(before.getLast());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(frozen)))
                .isEqualTo("r--r--r--");
        assertThat(Files.getOwner(frozen)).isEqualTo(Files.getOwner(data));
        if (kind().config().root()) {
            assertThat(user(machine)).isNotEqualTo(user(fork)).isGreaterThan(0);
            assertThat(Files.getAttribute(source, "unix:uid")).isEqualTo(0);
        }
        fork.kill();
        machine.kill();
    }

    /// What QEMU tells of its disk grows with each layer.
    @Test
    void aVmCanBeSavedAgainAndAgain() throws Exception {
        Machine machine = started("vm-again", 1);
        Path saved = data;
        for (int i = 0; i < 40; i++) {
            saved = checkpoint(machine, "ck-again-" + i);
        }
        run(machine, sh("echo still here"));
        Machine fork = restored("vm-after-many", 1, saved, "0".repeat(31) + "5");
        fork.kill();
        machine.kill();
    }

    private static List<PausedMachine.SavedFile> memory(Path saved) throws IOException {
        return QemuSaved.memory(SavedVm.read(saved).orElseThrow().files());
    }

    private static long own(Path saved) throws IOException {
        return memory(saved).getLast().bytes();
    }

    @Test
    void theMemoryOfASecondCheckpointIsWhatIsOtherThanInTheFirst() throws Exception {
        Machine machine = started("vm-delta", 1);
        run(machine, sh("echo one > file; sync"));
        Path first = checkpoint(machine, "ck-delta-1");
        run(machine, sh("echo two > file; sync; head -c 8388608 /dev/urandom > /run/more"));
        String sum = run(machine, sh("md5sum < /run/more")).stdout();
        Path second = checkpoint(machine, "ck-delta-2", first);
        run(machine, sh("echo three > file; sync; rm /run/more"));
        Path third = checkpoint(machine, "ck-delta-3", second);
        machine.kill();

        assertThat(memory(first)).hasSize(1);
        assertThat(memory(second)).hasSize(2).startsWith(memory(first).getFirst());
        assertThat(memory(third)).hasSize(3).startsWith(memory(second).toArray(PausedMachine.SavedFile[]::new));
        assertThat(own(second)).isBetween(8L << 20, own(first) / 2);
        assertThat(own(third)).isLessThan(own(first) / 2);
        FileTree.remove(first);

        Machine back = restored("vm-delta", 2, second, null);
        assertThat(run(back, sh("cat file; md5sum < /run/more")).stdout()).isEqualTo("two\n" + sum);
        back.kill();
        Machine last = restored("vm-delta", 3, third, null);
        assertThat(run(last, sh("cat file; ls /run/more 2>/dev/null")).stdout()).isEqualTo("three\n");
        last.kill();
    }

    @Test
    void aStackOfMemoryThatIsDamagedAnywhereIsRefused() throws Exception {
        Machine machine = started("vm-stack", 1);
        Path first = checkpoint(machine, "ck-stack-1");
        Path second = checkpoint(machine, "ck-stack-2", first);
        Path third = checkpoint(machine, "ck-stack-3", second);
        Boot boot = boot("vm-stack", 2);
        List<String> parts =
                memory(third).stream().map(PausedMachine.SavedFile::path).toList();
        assertThat(parts).hasSize(3);
        String top = parts.getLast();
        long size = Files.size(third.resolve(top));
        for (long at : new long[] {0, size - 1, size - 9, size - 17, size - 32, size - 33}) {
            assertRefused("vm-stack", damaged(third, top, file -> flip(file, at)), boot, true);
        }
        assertRefused("vm-stack", damaged(third, top, file -> file.truncate(size - 1)), boot, true);
        assertRefused("vm-stack", damaged(third, top, file -> file.truncate(0)), boot, true);
        long whole = Files.size(third.resolve(parts.getFirst()));
        assertRefused("vm-stack", damaged(third, parts.getFirst(), file -> file.truncate(whole - 4096)), boot, true);
        for (String part : parts) {
            Path lacking = damaged(third, part, _ -> {});
            Files.delete(lacking.resolve(part));
            assertRefused("vm-stack", lacking, boot, true);
        }
        Path swapped = damaged(third, top, _ -> {});
        Path aside = swapped.resolve("aside");
        Files.move(swapped.resolve(parts.getFirst()), aside);
        Files.move(swapped.resolve(top), swapped.resolve(parts.getFirst()));
        Files.move(aside, swapped.resolve(top));
        assertRefused("vm-stack", swapped, boot, true);
        assertThat(engine().check(third, boot)).isEmpty();
        assertThat(run(machine, sh("echo on")).stdout()).isEqualTo("on\n");
        machine.kill();
    }

    private static void flip(FileChannel file, long at) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        file.read(one, at);
        one.put(0, (byte) (one.get(0) ^ 1));
        file.write(one.rewind(), at);
    }

    /// As it was saved before there were stacks.
    @Test
    void memoryInOneFileOfVersion1IsLoadedAndBuiltUpon() throws Exception {
        Machine machine = started("vm-old", 1);
        run(machine, sh("echo old > file; sync"));
        Path saved = checkpoint(machine, "ck-old");
        SavedVm vm = SavedVm.read(saved).orElseThrow();
        PausedMachine.SavedFile part = memory(saved).getFirst();
        Path aside = saved.resolve("aside");
        Files.move(saved.resolve(part.path()), aside);
        Files.delete(saved.resolve("mem"));
        Files.move(aside, saved.resolve("mem"));
        List<PausedMachine.SavedFile> files = new ArrayList<>(vm.files());
        files.replaceAll(
                file -> file.equals(part) ? new PausedMachine.SavedFile("mem", part.name(), part.bytes()) : file);
        Files.write(
                saved.resolve(SavedVm.FILE),
                Json.records().writeValueAsBytes(new SavedVm(vm.fingerprint(), files, vm.checksums(), vm.layers())));

        Path upon = checkpoint(machine, "ck-upon-old", saved);
        assertThat(memory(upon)).hasSize(2);
        assertThat(own(upon)).isLessThan(part.bytes() / 2);
        machine.kill();
        for (Path either : List.of(saved, upon)) {
            Machine back = restored("vm-old", either.equals(saved) ? 2 : 3, either, null);
            assertThat(run(back, sh("cat file")).stdout()).isEqualTo("old\n");
            back.kill();
        }
    }

    @Test
    void anEmptyLayerIsWhatQemuWouldHaveMade() throws Exception {
        Path below = Files.write(data.resolve("below.raw"), new byte[1 << 20]);
        Path layer = data.resolve("layer.qcow2");
        new EmptyLayer("below.raw", "raw", 3L << 30).write(layer);
        for (List<String> asked : List.of(
                List.of("qemu-img", "check", layer.toString()),
                List.of("qemu-img", "info", "--backing-chain", layer.toString()))) {
            Process qemuImg =
                    new ProcessBuilder(asked).redirectErrorStream(true).start();
            String said = new String(qemuImg.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(qemuImg.waitFor()).as(said).isZero();
            assertThat(said).containsAnyOf("No errors were found", "virtual size: 3 GiB");
        }
        Files.delete(layer);
        Files.delete(below);
    }

    private static int user(Machine machine) throws IOException {
        return (Integer) Files.getAttribute(Path.of("/proc", Long.toString(machine.pid())), "unix:uid");
    }

    @Test
    void aSaveThatFailsLeavesAVmThatGoesOnAndCanBeSavedLater() throws Exception {
        Machine machine = started("vm-unsaved", 1);
        Path full = Files.createDirectories(data.resolve("checkpoints/ck-unsaved"));
        Files.createFile(full.resolve("mem"));
        Boot before = boot("vm-unsaved", 1);
        Boot next = before.withLayers(ok(engine().addLayer(home("vm-unsaved"), before, Deadline.after(START)))
                .layers());
        layers.put("vm-unsaved", next.layers());
        PausedMachine paused = ok(machine.pause(Deadline.after(START)));
        assertThat(paused.save(full, MemoryBase.none(), next, Deadline.after(START)))
                .isInstanceOf(EngineResult.Failed.class);
        paused.resume();
        assertThat(run(machine, sh("echo on > file; sync; cat file")).stdout()).isEqualTo("on\n");

        Path saved = checkpoint(machine, "ck-unsaved-2");
        run(machine, sh("echo later > file; sync"));
        Machine second = restored("vm-unsaved", 2, saved, null);
        assertThat(run(second, sh("cat file")).stdout()).isEqualTo("on\n");
        second.kill();
        machine.kill();
    }

    /// `cont` is answered when what the guest wrote is on the disk. After 5 s of that a VM used to be killed.
    @Test
    void aVmWhoseDiskIsSlowIsWaitedForWhenItShallGoOn() throws Exception {
        Machine machine = started("vm-slow", 1);
        PausedMachine paused = ok(machine.pause(Deadline.after(START)));
        signal("STOP", machine.pid());
        Executor late = CompletableFuture.delayedExecutor(7, TimeUnit.SECONDS);
        CompletableFuture<Void> answers = CompletableFuture.runAsync(() -> signal("CONT", machine.pid()), late);
        paused.resume();
        assertThat(answers).as("it was waited for").isCompleted();
        assertThat(run(machine, sh("echo here")).stdout()).isEqualTo("here\n");
        machine.kill();
    }

    private static void signal(String name, long pid) {
        try {
            assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                            .start()
                            .waitFor())
                    .isZero();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// A VMM is started beside the load; who gives up between load and restore leaves none.
    @Test
    void whatWasLoadedAndNotWantedLeavesNothing() throws Exception {
        Machine machine = started("vm-unwanted", 1);
        Path saved = checkpoint(machine, "ck-unwanted");
        VmHome home = home("vm-unwanted");
        Engine engine = engine();
        Boot second = boot("vm-unwanted", 2);
        Boot loaded = second.withLayers(
                ok(engine.load(home, second, saved, Deadline.after(START))).layers());
        assertThat(home.run(2)).exists();
        // Also by a worker that knows nothing of it, as after a crash.
        engine().discard(home, loaded);
        assertThat(leftovers(home, 2)).noneMatch(Files::exists);
        assertThat(home.run(2)).doesNotExist();
        assertThat(ok(engine.load(home, second, saved, Deadline.after(START))).layers())
                .isNotEmpty();
        engine.discard(home, loaded);
        assertThat(home.run(2)).doesNotExist();
        assertThat(run(machine, sh("echo here")).stdout()).isEqualTo("here\n");
        machine.kill();
        assertNothingLeft(home, machine);
    }

    @Test
    void devicesThatDoNotLoadLeaveTheOtherGenerationAsItWas() throws Exception {
        Machine machine = started("vm-bad-state", 1);
        Path saved = checkpoint(machine, "ck-bad-state");
        VmHome home = home("vm-bad-state");
        Engine engine = engine();
        Boot second = boot("vm-bad-state", 2);
        Boot loaded = second.withLayers(
                ok(engine.load(home, second, saved, Deadline.after(START))).layers());
        Files.delete(home.state(2));
        Files.writeString(home.state(2), "no devices at all");
        Identity identity = new Identity("x", "0".repeat(36), null, false, new byte[64]);
        assertThat(engine.restore(home, loaded, identity, Deadline.after(Duration.ofSeconds(20))))
                .isInstanceOfSatisfying(
                        EngineResult.Failed.class,
                        failed -> assertThat(failed.error().code()).isEqualTo("vmm_refused"));
        assertThat(leftovers(home, 2)).noneMatch(Files::exists);
        assertThat(home.run(2)).doesNotExist();
        assertThat(run(machine, sh("echo here")).stdout()).isEqualTo("here\n");
        machine.kill();
        assertNothingLeft(home, machine);
    }
}
