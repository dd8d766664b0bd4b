package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.EngineFixture;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Disks of many layers that are made ones of two while their VMs run.
@Timeout(240)
class QemuFlattenTest extends EngineFixture {
    /// Takes a second or two to copy, and is no zeros, which are not copied.
    private static final JobSpec.Exec BIG = sh("head -c 1048576 /dev/urandom > one; i=0;"
            + " while [ $i -lt 128 ]; do cat one; i=$((i+1)); done > big; sync");

    @Override
    protected QemuKind kind() throws IOException {
        return QemuKind.on(data);
    }

    private static EngineResult<List<String>> flatten(Machine machine, List<String> chain) {
        return machine.flatten(chain, 64L << 20, () -> false, Deadline.after(START));
    }

    /// Files its VMM has open, by name: what is removed takes its room until they are closed.
    private static List<String> open(Machine machine) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(Path.of("/proc", Long.toString(machine.pid()), "fd"))) {
            for (Path file : files) {
                names.add(String.valueOf(Files.readSymbolicLink(file).getFileName()));
            }
        }
        return names;
    }

    @Test
    void aLongChainIsMadeShortWhileTheVmRunsAndWhatIsOnItsDiskStays() throws Exception {
        Machine machine = started("vm-chain", 1);
        run(machine, sh("echo first > one; sync"));
        checkpoint(machine, "ck-chain-1");
        run(machine, sh("echo second > two; sync"));
        checkpoint(machine, "ck-chain-2");
        List<String> chain = layers.getOrDefault("vm-chain", List.of());
        assertThat(chain).hasSize(4);
        List<String> flat = ok(flatten(machine, chain));
        assertThat(flat).containsExactly(chain.getFirst(), chain.getLast());
        assertThat(open(machine)).contains(chain.getLast()).doesNotContainAnyElementsOf(chain.subList(1, 3));
        layers.put("vm-chain", flat);
        run(machine, sh("echo third > three; sync"));
        Path saved = checkpoint(machine, "ck-chain-3");
        machine.kill();

        Machine second = restored("vm-chain", 2, saved, null);
        JobSpec.Exec read = sh("echo 3 > /proc/sys/vm/drop_caches; cat one two three");
        assertThat(run(second, read).stdout()).isEqualTo("first\nsecond\nthird\n");
        second.kill();
        try (var files = Files.list(saved.resolve("disk"))) {
            assertThat(files.count()).isEqualTo(2);
        }
        Machine third = started("vm-chain", 3);
        assertThat(run(third, sh("cat one two three")).stdout()).isEqualTo("first\nsecond\nthird\n");
        third.kill();
    }

    @Test
    void aCheckpointEndsTheCopyingOfLayersAndAnotherTryBeginsAnew() throws Exception {
        Machine machine = started("vm-copied", 1);
        run(machine, BIG);
        String sum = run(machine, sh("cksum big")).stdout();
        checkpoint(machine, "ck-copied-1");
        run(machine, sh("echo second > two; sync"));
        checkpoint(machine, "ck-copied-2");
        List<String> chain = layers.getOrDefault("vm-copied", List.of());
        CompletableFuture<EngineResult<List<String>>> flat =
                CompletableFuture.supplyAsync(() -> flatten(machine, chain));
        Path top = home("vm-copied").layers().resolve(chain.getLast());
        await().until(() -> Files.size(top) > 8 << 20);
        Path saved = checkpoint(machine, "ck-copied-3");

        assertThat(flat.join()).isInstanceOfSatisfying(EngineResult.Failed.class, failed -> assertThat(
                        failed.error().message())
                .contains("ended by a checkpoint"));
        JobSpec.Exec read = sh("echo 3 > /proc/sys/vm/drop_caches; cksum big; cat two");
        assertThat(run(machine, read).stdout()).isEqualTo(sum + "second\n");
        List<String> longer = layers.getOrDefault("vm-copied", List.of());
        List<String> shorter = ok(flatten(machine, longer));
        assertThat(shorter).containsExactly(longer.getFirst(), longer.getLast());
        // Killed right after: all that is in the top must be on the disk, for the top has forgotten the others.
        machine.kill();
        layers.put("vm-copied", shorter);
        for (String layer : longer.subList(1, longer.size() - 1)) {
            Files.delete(home("vm-copied").layers().resolve(layer));
        }
        Machine second = started("vm-copied", 2);
        assertThat(run(second, read).stdout()).isEqualTo(sum + "second\n");
        second.kill();
        Machine fork = restored("vm-of-copied", 1, saved, "0".repeat(31) + "5");
        assertThat(run(fork, read).stdout()).isEqualTo(sum + "second\n");
        fork.kill();
    }

    @Test
    void oneThatIsNotWantedAnyMoreEndsAndAnotherWaitsForThatAndGoesOnFromThere() throws Exception {
        Machine machine = started("vm-turns", 1);
        run(machine, BIG);
        JobSpec.Exec read = sh("echo 3 > /proc/sys/vm/drop_caches; cksum big");
        String sum = run(machine, read).stdout();
        checkpoint(machine, "ck-turns");
        List<String> chain = layers.getOrDefault("vm-turns", List.of());
        Path top = home("vm-turns").layers().resolve(chain.getLast());
        AtomicBoolean unwanted = new AtomicBoolean();
        CompletableFuture<EngineResult<List<String>>> first = CompletableFuture.supplyAsync(
                () -> machine.flatten(chain, 8L << 20, unwanted::get, Deadline.after(START)));
        await().until(() -> Files.size(top) > 8 << 20);
        CompletableFuture<EngineResult<List<String>>> second =
                CompletableFuture.supplyAsync(() -> machine.flatten(chain, 0, () -> false, Deadline.after(START)));
        assertThat(first).isNotDone();
        unwanted.set(true);

        assertThat(first.join()).isInstanceOfSatisfying(EngineResult.Failed.class, failed -> assertThat(
                        failed.error().message())
                .contains("not wanted any more"));
        List<String> flat = ok(second.join());
        assertThat(flat).containsExactly(chain.getFirst(), chain.getLast());
        // Of one that is short already, as when a worker died before it had written that down.
        assertThat(ok(flatten(machine, chain))).isEqualTo(flat);
        assertThat(run(machine, read).stdout()).isEqualTo(sum);
        machine.kill();
    }

    @Test
    void whatAWorkerThatDiedWasCopyingIsEndedByTheNextTry() throws Exception {
        Machine first = started("vm-left", 1);
        run(first, BIG);
        JobSpec.Exec read = sh("echo 3 > /proc/sys/vm/drop_caches; cksum big");
        String sum = run(first, read).stdout();
        checkpoint(first, "ck-left");
        List<String> chain = layers.getOrDefault("vm-left", List.of());
        CompletableFuture<EngineResult<List<String>>> flat = CompletableFuture.supplyAsync(() -> flatten(first, chain));
        Path top = home("vm-left").layers().resolve(chain.getLast());
        await().until(() -> Files.size(top) > 8 << 20);
        first.close();
        assertThat(flat.join()).isInstanceOf(EngineResult.Failed.class);

        Machine second = adopted("vm-left", 1).orElseThrow();
        assertThat(ok(flatten(second, chain))).containsExactly(chain.getFirst(), chain.getLast());
        assertThat(run(second, read).stdout()).isEqualTo(sum);
        second.kill();
    }
}
