package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.CrashPoints;
import dev.noid.worker.checkpoint.SavedDirectory;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.GuestFiles;
import dev.noid.worker.engine.stub.StubEngine;
import dev.noid.worker.guest.HeardExec;
import dev.noid.worker.store.VmRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A host of real stubs with one image, as far as VMs go: no rows and no broker.
final class StubHost {
    private static final AtomicInteger EXECS = new AtomicInteger();

    final Path data;
    final Vms vms = new Vms();
    final StubEngine engine;
    final VmDirectories directories;
    final Images images;
    final VmLife life;
    final VmSaves saves;
    final VmRestores restores;
    final Templates templates;
    private final String digest;

    StubHost(Path data) throws Exception {
        this.data = data;
        CrashPoints crash = new CrashPoints(Optional.empty());
        engine = new StubEngine(GuestFiles.agent(), Clock.systemUTC());
        directories = new VmDirectories(data);
        images = new Images(data);
        digest = image();
        VmLogs logs = new VmLogs((_, _, _) -> {});
        life = new VmLife(engine, directories, images, vms, logs, crash);
        saves = new VmSaves(engine, directories, images, crash, Clock.systemUTC());
        restores = new VmRestores(engine, directories, images, vms, logs, crash);
        templates = new Templates(engine, images, saves);
    }

    private String image() throws Exception {
        Path image = Files.createDirectories(data.resolve("source/busybox"));
        StringBuilder sums = new StringBuilder();
        for (String file : List.of("kernel", "initrd", "rootfs")) {
            Files.writeString(image.resolve(file), file);
            sums.append(sha256(file));
        }
        String made = "sha256:" + sha256(sums.toString());
        Files.writeString(
                image.resolve("image.json"),
                "{\"name\":\"busybox\",\"digest\":\"%s\",\"kernel\":\"6.1\",\"os\":\"x\"}".formatted(made));
        images.importFrom(data.resolve("source"));
        assertThat(images.find(made)).isPresent();
        return made;
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    VmRow row(String vm, int memoryMib) {
        return new VmRow(
                vm,
                "tenant-1",
                "web",
                1,
                VmDesired.RUNNING,
                VmObserved.STARTING,
                null,
                "host-1",
                digest,
                new JobSpec.Shape(memoryMib, 1, 64),
                3,
                null);
    }

    VmRecord record(String vm, int memoryMib) {
        return life.record(row(vm, memoryMib), new ExecId("job-1", 1));
    }

    /// A cold boot.
    LiveVm booted(String vm, int memoryMib) {
        VmRecord directory = life.makeDirectory(row(vm, memoryMib), new ExecId("job-1", 1));
        return ok(life.start(ok(life.makeDisk(directory))));
    }

    /// A checkpoint of it.
    SavedDirectory saved(LiveVm live, String id) {
        SavedDirectory place = new SavedDirectory(data.resolve("checkpoints"), id);
        Timing timing = new Timing(System::nanoTime);
        VmSaves.Into into = new VmSaves.Into(place.begin(), Optional.empty());
        VmSaves.Still still =
                ok(saves.save(live, live.record().at(VmRecord.Step.CHECKPOINT), into, () -> false, timing));
        double pause = saves.goOn(still);
        ok(saves.keep(still, place, new VmSaves.About(id, null, null, pause), () -> {}));
        return place;
    }

    static String said(LiveVm live, String script) throws Exception {
        HeardExec heard = new HeardExec();
        ExecId id = new ExecId("job-" + EXECS.incrementAndGet(), 1);
        JobSpec.Exec exec = new JobSpec.Exec(
                List.of("/bin/sh", "-c", script), Map.of(), null, null, null, false, 0, 1000, 1 << 20, false);
        heard.of(live.machine().guest().start(id, exec, heard));
        assertThat(heard.exitCode()).isZero();
        return heard.stdout();
    }

    static <T> T ok(EngineResult<T> result) {
        assertThat(result).isInstanceOf(EngineResult.Ok.class);
        return ((EngineResult.Ok<T>) result).value();
    }

    /// Processes that work below the data directory.
    List<Long> processes() throws IOException {
        return ProcessHandle.allProcesses()
                .filter(process -> {
                    try {
                        return Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "cwd"))
                                .startsWith(data);
                    } catch (IOException e) {
                        return false;
                    }
                })
                .map(ProcessHandle::pid)
                .toList();
    }

    /// As a worker that was killed: nothing is told to anybody.
    void forget(LiveVm live) {
        live.machine().close();
        vms.remove(live);
    }
}
