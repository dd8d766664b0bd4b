package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.worker.engine.EngineFixture;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.PausedMachine.SavedFile;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.LoopDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The memory of running VMs on the filesystem of the checkpoints, and that one can share blocks.
@Timeout(240)
class QemuReflinkTest extends EngineFixture {
    @Override
    protected QemuKind kind() throws IOException {
        return new QemuKind(QemuConfig.of(data, data.resolve("memory")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"btrfs", "xfs"})
    void memoryIsClonedIntoACheckpointAndOutOfIt(String type) throws Exception {
        String vm = "vm-" + type;
        try (LoopDisk disk = LoopDisk.mounted(type, data)) {
            Machine machine = started(vm, 1);
            run(machine, sh("head -c 8388608 /dev/urandom > /run/more"));
            String sum = run(machine, sh("md5sum < /run/more")).stdout();
            Path first = checkpoint(machine, "ck-1");
            long used = disk.used();
            Path second = checkpoint(machine, "ck-2", first);
            assertThat(disk.used() - used).isLessThan(32L << 20);
            for (Path saved : List.of(first, second)) {
                List<SavedFile> memory =
                        QemuSaved.memory(SavedVm.read(saved).orElseThrow().files());
                assertThat(memory).hasSize(1);
                assertThat(saved.resolve("mem"))
                        .isDirectoryContaining(
                                path -> path.endsWith(memory.getFirst().name()));
                try (var files = Files.list(saved.resolve("mem"))) {
                    assertThat(files.count()).isEqualTo(1);
                }
            }
            run(machine, sh("rm /run/more"));
            FileTree.remove(first);
            Machine back = restored(vm, 2, second, null);
            assertThat(run(back, sh("md5sum < /run/more")).stdout()).isEqualTo(sum);
            back.kill();
            machine.kill();
        }
        layers.clear();
    }
}
