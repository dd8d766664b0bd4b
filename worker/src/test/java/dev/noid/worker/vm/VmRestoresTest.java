package dev.noid.worker.vm;

import static dev.noid.worker.vm.StubHost.ok;
import static dev.noid.worker.vm.StubHost.said;
import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.job.JobKind;
import dev.noid.worker.checkpoint.SavedDirectory;
import dev.noid.worker.engine.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class VmRestoresTest {
    private final StubHost host;
    private final LiveVm old;
    private final SavedDirectory saved;
    private final List<String> heard = new ArrayList<>();

    VmRestoresTest(@TempDir Path data) throws Exception {
        host = new StubHost(data);
        old = host.booted("vm-1", 64);
        said(old, "echo 7 > mem; echo disk > file");
        saved = host.saved(old, "ck-1");
        said(old, "echo 8 > mem; rm file");
        old.enter(new Resident() {
            @Override
            public void vmEnded(Machine.Ended ended, LiveVm.Fate fate) {
                heard.add(fate + " " + ended.reason());
            }

            @Override
            public void vmUnseen() {
                heard.add("unseen");
            }
        });
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        host.life.erase("vm-1", LiveVm.Fate.DESTROYED, () -> {});
        assertThat(host.processes()).isEmpty();
        assertThat(host.directories.all()).isEmpty();
    }

    private VmRecord loaded() {
        VmRecord intent = old.record()
                .begin(JobKind.RESTORE, "job-2", 1, VmRecord.Step.LOAD)
                .loading("ck-1");
        host.life.write(intent);
        return ok(host.restores.load(intent.next(List.of(), true), saved.path()));
    }

    private LiveVm adopted() {
        Optional<LiveVm> adopted = ok(host.life.adopt(host.directories.of("vm-1")));
        assertThat(adopted).isPresent();
        return adopted.get();
    }

    @Test
    void aCommittedOneTakesThePlaceAndTheOldOnesExecsHearWhy() throws Exception {
        VmRecord loaded = loaded();
        ok(host.saves.still(old));
        Machine machine = ok(host.restores.again(loaded));
        LiveVm live = host.restores.replace(loaded, machine, Optional.of(old), () -> heard.add("thawed"));

        assertThat(heard).containsExactly("thawed", "RESTORED ck-1");
        assertThat(said(live, "cat mem file")).isEqualTo("7\ndisk\n");
        assertThat(host.vms.find("vm-1", 2)).contains(live);
        assertThat(live.record().replaced()).isEqualTo(1);
        assertThat(live.record().source()).isEqualTo("ck-1");
        assertThat(host.processes()).containsExactly(live.machine().pid());
        assertThat(Objects.requireNonNull(
                        host.directories.of("vm-1").home().layers().toFile().list()))
                .containsExactly(live.record().layers().getFirst());
    }

    @Test
    void anUndoneOneLeavesTheOldProcessWithItsMemory() throws Exception {
        VmRecord loaded = loaded();
        VmSaves.Still still = ok(host.saves.still(old));
        Machine machine = ok(host.restores.again(loaded));
        machine.kill();
        host.saves.goOn(still);
        host.restores.undo(loaded, old.record());

        assertThat(said(old, "cat mem; ls file 2> /dev/null || true")).isEqualTo("8\n");
        assertThat(host.processes()).containsExactly(old.machine().pid());
        assertThat(host.life.known("vm-1").orElseThrow()).isEqualTo(old.record());
        assertThat(heard).isEmpty();
    }

    @Test
    void aWorkerThatDiesBeforeTheCommitFindsTheOldOneWhichGoesOn() throws Exception {
        VmRecord loaded = loaded();
        ok(host.saves.still(old));
        ok(host.restores.again(loaded)).close();
        host.forget(old);

        LiveVm found = adopted();
        assertThat(found.record().generation()).isEqualTo(1);
        assertThat(found.machine().pid()).isEqualTo(old.machine().pid());
        assertThat(said(found, "cat mem")).isEqualTo("8\n");
        assertThat(host.processes()).containsExactly(old.machine().pid());
    }

    @Test
    void aWorkerThatDiesAfterTheCommitFindsTheNewOneWhichGoesOn() throws Exception {
        VmRecord loaded = loaded();
        ok(host.saves.still(old));
        Machine machine = ok(host.restores.again(loaded));
        host.life.write(loaded.running(machine.pid()));
        machine.close();
        host.forget(old);

        LiveVm found = adopted();
        assertThat(found.record().generation()).isEqualTo(2);
        assertThat(said(found, "cat mem file")).isEqualTo("7\ndisk\n");
        assertThat(host.processes()).containsExactly(found.machine().pid());
    }

    @Test
    void aForkThatWasNotYetSomebodyOfItsOwnIsNotTakenOver() {
        VmRecord intent = host.life
                .makeDirectory(host.row("vm-2", 64), new dev.noid.schema.ExecId("job-3", 1))
                .loading("ck-1");
        host.life.write(intent);
        VmRecord loaded = ok(host.restores.load(intent, saved.path()));
        ok(host.restores.again(loaded)).close();

        assertThat(ok(host.life.adopt(host.directories.of("vm-2")))).isEmpty();
        host.life.erase("vm-2", LiveVm.Fate.DESTROYED, () -> {});
    }
}
