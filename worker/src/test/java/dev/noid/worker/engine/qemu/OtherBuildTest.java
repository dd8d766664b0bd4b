package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.Deadline;
import dev.noid.schema.Json;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineFixture;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.guest.Identity;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What one build of QEMU saved, under another: a script that says another version, and then is the real one.
@Timeout(120)
class OtherBuildTest extends EngineFixture {
    private static final String REAL = "qemu-system-x86_64";
    private static final String COUNT = "for a; do [ \"$a\" = -incoming ] && echo once >> loads; done";

    /// Where every user can reach it.
    private final Path scripts = scripts();

    @SuppressWarnings("NullAway.Init") // by JUnit, before each test
    private Path saved;

    private static Path scripts() {
        try {
            Path made = Files.createTempDirectory("noid-builds-");
            return Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    protected QemuKind kind() throws IOException {
        return QemuKind.on(data);
    }

    private QemuEngine engine(String qemu) throws IOException {
        QemuConfig usual = kind().config();
        QemuConfig other =
                new QemuConfig(qemu, usual.qemuImg(), usual.data(), usual.memory(), usual.root(), usual.walls());
        return new QemuKind(other).engine();
    }

    /// @param first what it does before it is the real one
    private String build(String version, String first) throws IOException {
        Path script = scripts.resolve("qemu");
        Path fresh = scripts.resolve("qemu.new");
        Files.writeString(fresh, """
                #!/bin/sh
                if [ "$1" = --version ]; then echo "QEMU emulator version %s"; exit; fi
                %s
                exec %s "$@"
                """.formatted(version, first, REAL));
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.move(fresh, script, StandardCopyOption.REPLACE_EXISTING);
        return script.toString();
    }

    @BeforeAll
    void saveOne() throws Exception {
        Machine machine = started("vm-source", 1);
        run(machine, sh("echo kept > file; sync"));
        Engine engine = engine();
        Boot before = boot("vm-source", 1);
        saved = Files.createDirectories(data.resolve("checkpoints/ck-1"));
        Boot next = before.withLayers(ok(engine.addLayer(home("vm-source"), before, Deadline.after(START)))
                .layers());
        PausedMachine paused = ok(machine.pause(Deadline.after(START)));
        PausedMachine.Saved files = ok(engine.seal(
                saved, ok(paused.save(saved, MemoryBase.none(), next, Deadline.after(START))), Deadline.after(START)));
        assertThat(machine.fingerprint(engine.fingerprint(before))).isEqualTo(engine.fingerprint(before));
        Files.write(
                saved.resolve(SavedVm.FILE),
                Json.records()
                        .writeValueAsBytes(new SavedVm(
                                engine.fingerprint(before), files.files(), files.checksums(), before.layers())));
        machine.kill();
    }

    @AfterEach
    void nobodyIsLeftOfTheProbe() throws IOException {
        assertThat(data.resolve("probe-build")).doesNotExist();
        assertThat(kind().config().memory().path()).doesNotExist();
        Files.deleteIfExists(data.resolve("builds"));
    }

    @AfterAll
    void removeScripts() throws IOException {
        FileTree.remove(scripts);
    }

    private JobError refused(QemuEngine engine) throws Exception {
        Optional<JobError> refused = engine.check(saved, boot("vm-source", 2));
        assertThat(refused).isPresent();
        assertThat(refused.get().code()).isEqualTo("checkpoint_incompatible");
        return refused.get();
    }

    @Test
    void oneOfTheSameSeriesThatLoadsItIsAskedOnceAndTaken() throws Exception {
        String log = scripts.resolve("loads").toString();
        Files.createFile(Path.of(log));
        Files.setPosixFilePermissions(Path.of(log), PosixFilePermissions.fromString("rw-rw-rw-"));
        String qemu = build("7.2.99 (another)", COUNT.replace(">> loads", ">> " + log));
        QemuEngine engine = engine(qemu);
        assertThat(engine.check(saved, boot("vm-source", 2))).isEmpty();
        assertThat(engine.check(saved, boot("vm-source", 2))).isEmpty();
        assertThat(engine(qemu).check(saved, boot("vm-source", 2)))
                .as("a worker started anew")
                .isEmpty();
        assertThat(Path.of(log)).hasContent("once");

        Boot boot = boot("vm-source", 2);
        Boot loaded = boot.withLayers(ok(engine.load(home("vm-source"), boot, saved, Deadline.after(START)))
                .layers());
        Identity again = new Identity("x", "0".repeat(36), null, false, new byte[64]);
        Machine machine = ok(engine.restore(home("vm-source"), loaded, again, Deadline.after(START)));
        machine.guest().thaw();
        assertThat(run(machine, sh("cat file")).stdout()).isEqualTo("kept\n");
        machine.kill();
    }

    @Test
    void oneOfTheSameSeriesThatDoesNotLoadItIsRefusedWithWhatItSaid() throws Exception {
        String qemu = build(
                "7.2.98", "for a; do [ \"$a\" = -incoming ] && { echo 'Unknown savevm section' >&2; exit 1; }; done");
        JobError error = refused(engine(qemu));
        assertThat(error.message()).contains("7.2.98", "a try to load it failed", "Unknown savevm section");
        // Also by a worker started anew, which does not try again.
        build("7.2.98", "");
        assertThat(refused(engine(qemu))).isEqualTo(error);
    }

    @Test
    void oneWhoseDevicesAreOthersIsRefused() throws Exception {
        String qemu = build("7.2.97", "set -- \"$@\" -device virtio-rng-pci");
        // What is more is no matter to what was saved; what is less is.
        assertThat(engine(qemu).check(saved, boot("vm-source", 2))).isEmpty();
        String less = build("7.2.96", """
                n=$#
                while [ $n -gt 0 ]; do
                  a=$1; shift; n=$((n - 1))
                  [ "$a" != virtio-rng-pci ] || a=virtio-balloon-pci
                  set -- "$@" "$a"
                done""");
        assertThat(refused(engine(less)).message()).contains("7.2.96", "a try to load it failed");
    }

    @Test
    void oneOfAnotherSeriesIsRefusedAtOnce() throws Exception {
        String qemu = build("8.2.2 (Debian)", "exit 1");
        assertThat(refused(engine(qemu)).message()).contains("8.2.2").doesNotContain("a try");
        assertThat(data.resolve("builds")).doesNotExist();
    }

    @Test
    void whatIsDamagedIsNotLoadedToSee() throws Exception {
        QemuEngine engine = engine(build("7.2.95", "exit 1"));
        Path state = saved.resolve("state");
        byte[] before = Files.readAllBytes(state);
        Files.write(state, new byte[10]);
        try {
            assertThat(engine.check(saved, boot("vm-source", 2)))
                    .hasValueSatisfying(error -> assertThat(error.code()).isEqualTo("checkpoint_damaged"));
            assertThat(data.resolve("builds")).doesNotExist();
        } finally {
            Files.write(state, before);
        }
    }

    @Test
    void anUpgradeIsNoticedWhileTheWorkerRuns() throws Exception {
        QemuEngine engine = engine(build("7.2.90", ""));
        assertThat(engine.fingerprint(boot("vm-source", 1)).vmm()).contains("7.2.90");
        build("7.2.91", "");
        assertThat(engine.fingerprint(boot("vm-source", 1)).vmm()).contains("7.2.91");
        assertThat(QemuBuild.sameSeries("QEMU emulator version 7.2.22 (Debian)", "QEMU emulator version 7.2.9"))
                .isTrue();
        assertThat(QemuBuild.sameSeries("QEMU emulator version 7.2.22", "QEMU emulator version 7.20.22"))
                .isFalse();
        assertThat(QemuBuild.sameSeries("missing", "missing")).isFalse();
    }

    @Test
    void whatAWorkerThatDiedWhileItTriedLeftIsEndedAtTheStart() throws Exception {
        Path home = Files.createDirectories(data.resolve("probe-build"));
        Files.writeString(home.resolve("run-1.state"), "left");
        Path memory = kind().config()
                .memory()
                .make(VmUser.of("probe-build", kind().config().root()));
        Files.writeString(memory.resolve("probe-build.1"), "left");
        kind().engine().sweep(java.util.Set.of());
        assertThat(home).doesNotExist();
    }
}
