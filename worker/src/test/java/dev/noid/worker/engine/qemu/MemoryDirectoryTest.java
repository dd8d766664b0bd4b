package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.noid.worker.engine.VmHome;
import dev.noid.worker.host.SparseFiles;
import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Memory of VMs is never below a directory that somebody else made, or could have made (attack I1).
class MemoryDirectoryTest {
    private static final int NOBODY = 65534;
    private final VmUser user = VmUser.of("vm-1", root());

    @TempDir
    Path directory;

    private Path data;
    private Path tmpfs;

    @BeforeEach
    void directories() throws IOException {
        data = Files.createDirectory(directory.resolve("data")).toRealPath();
        tmpfs = Files.createDirectory(directory.resolve("tmpfs"));
    }

    private static boolean root() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private MemoryDirectory of() throws IOException {
        return MemoryDirectory.of(data, tmpfs);
    }

    @Test
    void itsNameIsAnotherOneEachTimeAndTheNextWorkerFindsIt() throws IOException {
        Path first = of().make(user);
        assertThat(of().path()).isEqualTo(first);
        assertThat(of().make(user)).isEqualTo(first);
        MemoryDirectory next = of();
        next.removeEmpty();
        assertThat(first).doesNotExist();
        assertThat(next.make(user)).isNotEqualTo(first);
    }

    @Test
    void itCanNotBeListedOrWrittenToByOthers() throws IOException {
        Path made = of().make(user);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo(root() ? "rwx--x--x" : "rwx------");
    }

    @Test
    void whatSomebodyElsePutInItsPlaceIsNotTaken() throws IOException {
        assumeTrue(root(), "only root gives directories away");
        Path made = of().make(user);
        Files.delete(made);
        Files.createDirectory(made);
        Files.setAttribute(made, "unix:uid", NOBODY);
        assertThat(of().make(user)).isNotEqualTo(made);
    }

    @Test
    void aLinkIsNotTakenEither() throws IOException {
        Path made = of().make(user);
        Files.delete(made);
        Files.createSymbolicLink(made, Files.createDirectory(directory.resolve("elsewhere")));
        assertThat(of().make(user)).isNotEqualTo(made);
        assertThat(directory.resolve("elsewhere")).isEmptyDirectory();
    }

    /// A worker that is root removed what a stranger's link led to.
    @Test
    void nothingBehindAStrangersLinkIsSweptAway() throws IOException {
        Path made = of().make(user);
        Files.delete(made);
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("vm-9.1"), "precious");
        Files.createSymbolicLink(made, elsewhere);
        MemoryFiles files = new MemoryFiles(of(), new SparseFiles());
        files.sweep(_ -> true);
        files.remove(new VmHome("vm-9", data.resolve("vms/vm-9")), 1);
        assertThat(elsewhere.resolve("vm-9.1")).exists();
    }

    @Test
    void aFileThatSomebodyPutThereIsReplacedAndNotOpened() throws IOException {
        MemoryFiles files = new MemoryFiles(of(), new SparseFiles());
        VmHome home = new VmHome("vm-1", data.resolve("vms/vm-1"));
        Path file = files.make(home, 1, 1, user);
        Files.writeString(file, "theirs");
        Path again = files.make(home, 1, 1, user);
        assertThat(Files.size(again)).isEqualTo(1 << 20);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(again)))
                .isEqualTo("rw-------");
    }
}
