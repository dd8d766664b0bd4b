package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.Deadline;
import dev.noid.schema.Json;
import dev.noid.worker.engine.Fingerprint;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine.SavedFile;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.SparseFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Saved VMs of which only the memory is there.
class LinkedMemoryTest {
    private static final int PAGE = 4096;
    private static final int BYTES = 1 << 20;

    @TempDir
    Path data;

    private final SparseFiles sparse = new SparseFiles();
    private final LinkedMemory linked = new LinkedMemory(sparse);
    private final byte[] memory = new byte[BYTES];
    private int saves;

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }

    private Path fresh() throws IOException {
        return Files.createDirectories(data.resolve("saved-" + saves++));
    }

    private Path save(Path base) throws IOException {
        Path directory = fresh();
        List<SavedFile> files = new ArrayList<>();
        try (MemoryBase below = linked.of(base, directory, BYTES, soon())) {
            files.addAll(below.files());
            SavedFile part = QemuSaved.part("f-" + saves, 1);
            files.add(part);
            Path plain = Files.write(data.resolve("memory"), memory);
            Path file = Files.createDirectories(directory.resolve("mem")).resolve(part.name());
            try (FileChannel to = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                if (below.memory() == null) {
                    sparse.copy(plain, to, soon());
                } else {
                    sparse.difference(plain, below.memory(), to, soon());
                }
            }
        }
        write(directory, files);
        return directory;
    }

    private static void write(Path directory, List<SavedFile> files) throws IOException {
        SavedVm vm = new SavedVm(new Fingerprint(Map.of()), files, Map.of(), List.of());
        Files.write(directory.resolve(SavedVm.FILE), Json.records().writeValueAsBytes(vm));
    }

    private static List<SavedFile> files(Path saved) throws IOException {
        return SavedVm.read(saved).orElseThrow().files();
    }

    private String sum(Path saved) throws IOException {
        return sparse.sum(QemuSaved.paths(saved, files(saved)), soon());
    }

    @Test
    void aLongChainOfSavesNeverIsDeepAndEachKeepsWhatItHasWhenTheOthersGo() throws Exception {
        Random random = new Random(5);
        random.nextBytes(memory);
        List<Path> saved = new ArrayList<>();
        List<String> sums = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            memory[random.nextInt(BYTES)]++;
            saved.add(save(i == 0 ? data.resolve("none") : saved.getLast()));
            sums.add(sparse.sum(List.of(data.resolve("memory")), soon()));
            assertThat(files(saved.getLast())).hasSizeLessThanOrEqualTo(LinkedMemory.DEPTH_MOST);
            assertThat(Files.size(saved.getLast()
                            .resolve(files(saved.getLast()).getLast().path())))
                    .isLessThan(i == 0 ? BYTES + 1 : 32L * PAGE);
        }
        assertThat(files(saved.get(7))).hasSize(8);
        assertThat(files(saved.get(8))).hasSize(2);
        while (!saved.isEmpty()) {
            int one = random.nextInt(saved.size());
            assertThat(sum(saved.get(one))).isEqualTo(sums.remove(one));
            FileTree.remove(saved.remove(one));
        }
    }

    @Test
    void whatCanNotBeBuiltUponMeansAWholeCopyAndLeavesNothing() throws Exception {
        new Random(6).nextBytes(memory);
        Path first = save(data.resolve("none"));
        memory[0]++;
        Path second = save(first);
        assertThat(files(second)).hasSize(2);
        Path top = second.resolve(files(second).getLast().path());
        byte[] good = Files.readAllBytes(top);

        assertNothingOf(data.resolve("none"), BYTES);
        assertNothingOf(second, 2 * BYTES);
        Files.write(top, new byte[100]);
        assertNothingOf(second, BYTES);
        Files.write(top, good);
        Path whole = second.resolve(files(second).getFirst().path());
        byte[] all = Files.readAllBytes(whole);
        Files.delete(whole);
        assertNothingOf(second, BYTES);
        Files.write(whole, all);
        write(second, List.of());
        assertNothingOf(second, BYTES);
        Files.writeString(second.resolve(SavedVm.FILE), "{");
        assertNothingOf(second, BYTES);
    }

    private void assertNothingOf(Path base, long bytes) throws IOException {
        Path directory = fresh();
        try (MemoryBase none = linked.of(base, directory, bytes, soon())) {
            assertThat(none.memory()).isNull();
            assertThat(none.files()).isEmpty();
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aBaseThatIsRemovedMeanwhileIsStillReadAndStillLinked() throws Exception {
        new Random(7).nextBytes(memory);
        Path first = save(data.resolve("none"));
        String was = sum(first);
        Path directory = fresh();
        try (MemoryBase below = linked.of(first, directory, BYTES, soon())) {
            FileTree.remove(first);
            write(directory, below.files());
        }
        assertThat(sum(directory)).isEqualTo(was);
    }
}
