package dev.noid.worker.engine.stub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.Deadline;
import dev.noid.schema.Json;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.EngineFixture;
import dev.noid.worker.engine.EngineKind;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.guest.HeardExec;
import dev.noid.worker.guest.Identity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Memory and disk of a stub are saved and restored as a VM's are.
@Timeout(60)
class StubSavedTest extends EngineFixture {
    @Override
    protected EngineKind kind() {
        return new StubKind(data);
    }

    private String said(Machine machine, String script) throws Exception {
        HeardExec heard = run(machine, sh(script));
        assertThat(heard.exitCode()).isZero();
        return heard.stdout();
    }

    private static final Identity SOMEBODY =
            new Identity("web", "01234567-89ab-cdef-0123-456789abcdef", null, false, new byte[64]);

    /// As worker.checkpoint writes it.
    private void saved(Path directory, Machine machine, Boot boot) throws Exception {
        Deadline deadline = Deadline.after(Duration.ofSeconds(20));
        PausedMachine paused = ok(machine.pause(deadline));
        PausedMachine.Saved saved;
        try {
            saved = ok(paused.save(directory, MemoryBase.none(), boot, deadline));
        } finally {
            paused.resume();
        }
        PausedMachine.Saved sealed = ok(engine().seal(directory, saved, deadline));
        Files.write(
                directory.resolve(SavedVm.FILE),
                Json.records()
                        .writeValueAsBytes(new SavedVm(
                                engine().fingerprint(boot), sealed.files(), sealed.checksums(), boot.layers())));
    }

    @Test
    void whatIsRestoredHasMemoryAndDiskOfThatMomentAndRunsBesideTheOldOne() throws Exception {
        VmHome home = new VmHome("vm-restored", Files.createDirectories(data.resolve("vms/vm-restored")));
        Boot boot = new Boot("vm-restored", data, new JobSpec.Shape(64, 1, 64), 1, List.of());
        Deadline deadline = Deadline.after(Duration.ofSeconds(20));
        boot = boot.withLayers(ok(engine().prepare(home, boot, deadline)).layers());
        Machine old = ok(engine().start(home, boot, deadline));
        said(old, "echo 7 > mem; echo disk > file");
        Path directory = Files.createDirectories(data.resolve("saved"));
        saved(directory, old, boot);
        said(old, "echo 8 > mem; echo other > file");

        assertThat(engine().check(directory, boot)).isEmpty();
        Boot next = new Boot(boot.hostname(), data, boot.shape(), 2, List.of());
        next = next.withLayers(
                ok(engine().load(home, next, directory, deadline)).layers());
        Machine restored = ok(engine().restore(home, next, SOMEBODY, deadline));
        assertThat(restored.guest().frozen()).isTrue();
        assertThat(restored.guest().bootId()).isEqualTo(SOMEBODY.bootId());
        restored.guest().thaw();

        assertThat(said(restored, "cat mem file")).isEqualTo("7\ndisk\n");
        assertThat(said(old, "cat mem file")).isEqualTo("8\nother\n");
        old.kill();
        engine().discard(home, boot);
        assertThat(said(restored, "cat mem")).isEqualTo("7\n");
        restored.kill();
        engine().discard(home, next);
        assertThat(home.directory()).isDirectoryNotContaining("glob:**run-*");
    }

    @Test
    void whatIsNotAsItWasSavedIsRefusedWithItsReason() throws Exception {
        VmHome home = new VmHome("vm-damaged", Files.createDirectories(data.resolve("vms/vm-damaged")));
        Boot boot = new Boot("vm-damaged", data, new JobSpec.Shape(64, 1, 64), 1, List.of());
        Deadline deadline = Deadline.after(Duration.ofSeconds(20));
        boot = boot.withLayers(ok(engine().prepare(home, boot, deadline)).layers());
        Machine machine = ok(engine().start(home, boot, deadline));
        said(machine, "echo 7 > mem");
        Path directory = Files.createDirectories(data.resolve("damaged"));
        saved(directory, machine, boot);
        machine.kill();

        Boot larger = new Boot(boot.hostname(), data, new JobSpec.Shape(128, 1, 64), 1, boot.layers());
        assertThat(engine().check(directory, larger))
                .hasValueSatisfying(error -> assertThat(error.message()).contains("memory was 64 MiB and is 128 MiB"));
        Files.writeString(directory.resolve("mem"), "8\n");
        assertThat(engine().check(directory, boot)).hasValueSatisfying(error -> {
            assertThat(error.code()).isEqualTo("checkpoint_damaged");
            assertThat(error.message()).contains("mem");
        });
        assertThat(engine().load(home, new Boot("x", data, boot.shape(), 2, List.of()), directory, deadline))
                .isInstanceOf(EngineResult.Failed.class);
        assertThat(home.run(2)).doesNotExist();
    }
}
