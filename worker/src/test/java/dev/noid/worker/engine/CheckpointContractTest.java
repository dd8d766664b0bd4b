package dev.noid.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.Json;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.guest.HeardExec;
import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What every engine promises of checkpoints, restores and forks.
@Timeout(240)
public abstract class CheckpointContractTest extends EngineFixture {
    private static final Duration TIME = Duration.ofSeconds(30);

    private static final String COUNTER = "echo begun > file; i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done";

    private final HeardExec counter = new HeardExec();

    @SuppressWarnings("NullAway.Init") // by JUnit, before each test
    private Machine source;

    @SuppressWarnings("NullAway.Init") // by JUnit, before each test
    private Path saved;

    @BeforeAll
    void saveOne() throws Exception {
        source = started("vm-source", 1);
        counter.of(source.guest().start(next(), sh(COUNTER), counter));
        await().until(() -> counter.stdout().contains("\n5\n"));
        saved = checkpoint(source, "ck-1");
    }

    @AfterAll
    void stopIt() throws Exception {
        assertGoesOn();
        String counted = counter.stdout();
        source.stop(Duration.ofSeconds(5));
        assertNothingLeft(home("vm-source"), source);
        StringBuilder lines = new StringBuilder();
        for (long i = 0; i < counted.lines().count(); i++) {
            lines.append(i).append('\n');
        }
        assertThat(counted).as("every number once, in spite of all checkpoints").isEqualTo(lines.toString());
    }

    private void assertGoesOn() {
        int then = counter.stdout().length();
        await().atMost(Duration.ofSeconds(20)).until(() -> counter.stdout().length() > then + 8);
    }

    /// A worker that stops in order, in the middle of a checkpoint.
    @Test
    void oneThatIsLetGoWhileItStandsStillIsNotEndedAndGoesOnWithWhoeverTakesItOver() throws Exception {
        Machine first = started("vm-let-go", 1);
        PausedMachine paused = ok(first.pause(Deadline.after(TIME)));
        first.close();
        paused.resume();

        Machine second = adopted("vm-let-go", 1).orElseThrow();
        assertThat(second.pid()).isEqualTo(first.pid());
        assertThat(run(second, sh("echo on")).stdout()).isEqualTo("on\n");
        second.kill();
    }

    @Test
    void anotherGenerationGoesOnFromTheCheckpointBesideTheOneThatRuns() throws Exception {
        Machine first = started("vm-back", 1);
        run(first, sh("echo begun > file"));
        Path then = checkpoint(first, "ck-back");
        assertThat(run(first, sh("echo after > file; cat file")).stdout()).isEqualTo("after\n");

        Machine second = restored("vm-back", 2, then, null);
        assertThat(second.pid()).isNotEqualTo(first.pid());
        assertThat(run(second, sh("cat file")).stdout()).isEqualTo("begun\n");
        assertThat(run(first, sh("cat file")).stdout()).isEqualTo("after\n");
        engine().discard(home("vm-back"), boot("vm-back", 1));
        first.close();
        assertThat(run(second, sh("cat file; echo more >> file; cat file")).stdout())
                .isEqualTo("begun\nbegun\nmore\n");

        Path later = checkpoint(second, "ck-later", then);
        FileTree.remove(then);
        Machine fork = restored("vm-fork", 1, later, "0".repeat(31) + "1");
        assertThat(run(fork, sh("cat file")).stdout()).isEqualTo("begun\nmore\n");
        fork.stop(Duration.ofSeconds(5));
        assertNothingLeft(home("vm-fork"), fork);
        second.stop(Duration.ofSeconds(5));
        assertNothingLeft(home("vm-back"), second);
    }

    @Test
    void twoForksDifferInRandomBytesAndKnowWhatTimeItIs() throws Exception {
        Machine one = restored("vm-one", 1, saved, "0".repeat(31) + "2");
        Machine two = restored("vm-two", 1, saved, "0".repeat(31) + "3");
        JobSpec.Exec random = sh("head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n'");
        assertThat(run(one, random).stdout())
                .hasSize(64)
                .isNotEqualTo(run(two, random).stdout());
        for (Machine fork : List.of(one, two)) {
            long before = System.currentTimeMillis() - 50;
            long theirs = Long.parseLong(run(fork, sh("date +%s")).stdout().strip());
            assertThat(theirs).isBetween(before / 1000, (System.currentTimeMillis() + 50) / 1000);
            fork.kill();
            assertNothingLeft(home(fork.vm()), fork);
        }
        assertGoesOn();
    }

    @Test
    void whatWasDamagedIsRefusedBeforeAnythingHappens() throws Exception {
        Boot boot = boot("vm-source", 2);
        SavedVm vm = SavedVm.read(saved).orElseThrow();
        for (String path : Stream.concat(
                        vm.files().stream().map(PausedMachine.SavedFile::path), vm.checksums().keySet().stream())
                .distinct()
                .toList()) {
            Path file = saved.resolve(path);
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) == 0) {
                continue;
            }
            long size = Files.size(file);
            assertRefused(
                    damaged(path, copy -> {
                        ByteBuffer one = ByteBuffer.allocate(1);
                        copy.read(one, size / 2);
                        one.put(0, (byte) (one.get(0) ^ 1));
                        copy.write(one.rewind(), size / 2);
                    }),
                    boot,
                    true);
            assertRefused(damaged(path, copy -> copy.truncate(size - 1)), boot, false);
            Path lacking = damaged(path, _ -> {});
            Files.delete(lacking.resolve(path));
            assertRefused(lacking, boot, false);
        }
        Path other = damaged("state", _ -> {});
        Map<String, String> parts = new LinkedHashMap<>(vm.fingerprint().parts());
        parts.replaceAll((_, value) -> value + " of another kind");
        SavedVm manifest = new SavedVm(new Fingerprint(parts), vm.files(), vm.checksums(), vm.layers());
        Files.delete(other.resolve(SavedVm.FILE)); // the original's too, until here
        Files.write(other.resolve(SavedVm.FILE), Json.records().writeValueAsBytes(manifest));
        assertThat(engine().check(other, boot))
                .hasValueSatisfying(error -> assertThat(error.message()).contains("of another kind"));
        Files.delete(other.resolve(SavedVm.FILE));
        assertThat(engine().check(other, boot)).isPresent();
        assertThat(engine().check(saved, boot)).isEmpty();
        assertGoesOn();
    }

    protected interface Damage {
        void on(FileChannel file) throws IOException;
    }

    private Path damaged(String path, Damage damage) throws IOException {
        return damaged(saved, path, damage);
    }

    /// A saved VM once more, with one file that is not what was written.
    protected Path damaged(Path saved, String path, Damage damage) throws IOException {
        Path copy = data.resolve("checkpoints/damaged");
        FileTree.remove(copy);
        try (Stream<Path> files = Files.walk(saved)) {
            for (Path file : files.toList()) {
                Path to = copy.resolve(saved.relativize(file));
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createDirectories(to);
                } else if (file.equals(saved.resolve(path)) || Files.isSymbolicLink(file)) {
                    Files.copy(file, to, LinkOption.NOFOLLOW_LINKS);
                } else {
                    Files.createLink(to, file);
                }
            }
        }
        try (FileChannel file =
                FileChannel.open(copy.resolve(path), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            damage.on(file);
        }
        return copy;
    }

    private void assertRefused(Path broken, Boot boot, boolean alsoByLoad) throws Exception {
        assertRefused("vm-source", broken, boot, alsoByLoad);
    }

    /// @param vm runs as generation 1
    protected void assertRefused(String vm, Path broken, Boot boot, boolean alsoByLoad) throws Exception {
        assertThat(engine().check(broken, boot)).hasValueSatisfying(error -> {
            assertThat(error.code()).isEqualTo("checkpoint_damaged");
            assertThat(error.message()).doesNotContain("Exception", "null");
        });
        if (alsoByLoad) {
            VmHome home = home(vm);
            assertThat(engine().load(home, boot, broken, Deadline.after(TIME))).isInstanceOf(EngineResult.Failed.class);
            assertThat(RunFiles.generations(home)).containsExactly(1L);
            assertThat(leftovers(home, 2)).noneMatch(Files::exists);
        }
    }

    @Test
    void aWorkerThatFindsAVmStandingStillLetsItGoOn() throws Exception {
        Machine first = started("vm-still", 1);
        HeardExec before = new HeardExec();
        ExecId id = next();
        before.of(first.guest()
                .start(id, sh("i=0; while [ $i -lt 30 ]; do echo $i; i=$((i+1)); sleep 0.05; done"), before));
        await().until(() -> before.stdout().contains("3\n"));
        ok(first.pause(Deadline.after(TIME)));
        first.close();
        Machine second = adopted("vm-still", 1).orElseThrow();
        assertThat(second.pid()).isEqualTo(first.pid());
        assertThat(second.guest().known()).contains(id);
        HeardExec after = new HeardExec().after(before);
        after.of(second.guest().attach(id, after));
        assertThat(after.exitCode()).isZero();
        assertThat(after.stdout().lines().count()).isEqualTo(30);
        second.stop(Duration.ofSeconds(5));
        assertNothingLeft(home("vm-still"), second);
    }

    @Test
    void whatWasLoadedAndNotStartedIsDiscardedAndTheOtherGenerationIsNotTouched() throws Exception {
        Boot loaded = boot("vm-source", 7)
                .withLayers(ok(engine().load(home("vm-source"), boot("vm-source", 7), saved, Deadline.after(TIME)))
                        .layers());
        assertThat(loaded.layers()).hasSameSizeAs(layers.get("vm-source"));
        engine().discard(home("vm-source"), loaded);
        assertThat(RunFiles.generations(home("vm-source"))).containsExactly(1L);
        assertThat(leftovers(home("vm-source"), 7)).noneMatch(Files::exists);
        assertGoesOn();
    }
}
