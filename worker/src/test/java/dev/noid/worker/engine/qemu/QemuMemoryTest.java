package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.noid.schema.Deadline;
import dev.noid.worker.engine.EngineFixture;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.guest.HeardExec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Attack D1: memory is promised only where there is some. The tmpfs has room for one VM.
@Timeout(240)
class QemuMemoryTest extends EngineFixture {
    private static final long MIB = 1 << 20;

    /// Not below [#data], which VMMs may not pass.
    private final Path tmpfs;

    QemuMemoryTest() throws IOException {
        tmpfs = Files.createTempDirectory("noid-tmpfs-");
    }

    @BeforeAll
    void mount() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can mount a small tmpfs");
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=300m,mode=1777", "tmpfs", tmpfs.toString()) == 0,
                "this machine mounts no tmpfs");
    }

    @AfterAll
    void unmount() throws Exception {
        assertThat(run("umount", tmpfs.toString())).isZero();
        Files.delete(tmpfs);
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    @Override
    protected QemuKind kind() throws IOException {
        return new QemuKind(QemuConfig.of(data, tmpfs));
    }

    @Test
    void aVmIsRefusedWhatIsPromisedAlreadyAndOneThatCannotHaveItsMemorySaysSo() throws Exception {
        long before = engine().memoryBytes().orElseThrow();
        assertThat(before).isBetween(290 * MIB, 300 * MIB);
        Machine first = started("vm-first", 1);
        // What the guest has touched still counts as the VMs', and what it has not is nobody else's.
        assertThat(engine().memoryBytes().orElseThrow()).isBetween(290 * MIB, 300 * MIB);
        prepare("vm-second");
        assertThat(engine().start(home("vm-second"), boot("vm-second", 1), Deadline.after(START)))
                .isInstanceOfSatisfying(EngineResult.Failed.class, failed -> {
                    assertThat(failed.error().code()).isEqualTo("host_memory_full");
                    assertThat(failed.error().message()).contains("256 MiB", tmpfs.toString());
                    assertThat(failed.retryable()).isTrue();
                });
        assertThat(leftovers(home("vm-second"), 1)).noneMatch(Files::exists);
        // Somebody else fills it.
        try (FileChannel theirs =
                FileChannel.open(tmpfs.resolve("theirs"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            fill(theirs);
            assertThat(engine().memoryBytes().orElseThrow()).isLessThan(250 * MIB);
            HeardExec heard = new HeardExec();
            heard.of(first.guest()
                    .start(next(), sh("mount -t tmpfs t /mnt; exec head -c 200000000 /dev/zero > /mnt/x"), heard));
            Machine.Ended ended = first.ended().toCompletableFuture().get(60, TimeUnit.SECONDS);
            assertThat(ended.orderly()).isFalse();
            assertThat(ended.reason()).startsWith("host_memory_full: ").contains(tmpfs.toString());
        } finally {
            Files.deleteIfExists(tmpfs.resolve("theirs"));
        }
        first.close();
        assertNothingLeft(home("vm-first"), first);
    }

    private static void fill(FileChannel file) {
        ByteBuffer page = ByteBuffer.allocate((int) MIB);
        try {
            while (true) {
                file.write(page.clear());
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }
}
