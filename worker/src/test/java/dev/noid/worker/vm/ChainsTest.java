package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.CrashPoints;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ChainsTest {
    private static final List<String> REFUSED = List.of();

    private final Vms vms = new Vms();
    private final FakeMachine machine = new FakeMachine();
    private final VmDirectory directory;
    private final Chains chains;
    private final List<List<String>> asked = new CopyOnWriteArrayList<>();
    private final Timing timing = new Timing(System::nanoTime);

    ChainsTest(@TempDir Path data) {
        VmDirectories directories = new VmDirectories(data);
        directory = directories.of("vm-1");
        directory.make();
        chains = new Chains(directories, vms, new CrashPoints(Optional.empty()));
        machine.flatten = layers -> {
            asked.add(layers);
            return List.of(layers.getFirst(), layers.getLast());
        };
    }

    private void engineRefuses() {
        machine.flatten = layers -> {
            asked.add(layers);
            return REFUSED;
        };
    }

    private static List<String> chain(int layers) {
        return Stream.concat(Stream.of("base.raw"), IntStream.range(1, layers).mapToObj(layer -> layer + ".qcow2"))
                .toList();
    }

    private LiveVm runs(int layers) throws IOException {
        return runs(VmDirectoryTest.record(VmRecord.Step.RUNNING)
                .withLayers(chain(layers))
                .running(42));
    }

    private LiveVm runs(VmRecord record) throws IOException {
        Files.createDirectories(directory.home().layers());
        for (String layer : record.layers()) {
            file(layer);
        }
        LiveVm live = new LiveVm(record, machine);
        directory.write(record);
        vms.put(live);
        return live;
    }

    private Path file(String layer) throws IOException {
        Path file = directory.home().layers().resolve(layer);
        return Files.exists(file) ? file : Files.createFile(file);
    }

    /// As a checkpoint does.
    private void add(LiveVm live) throws IOException {
        List<String> more = new ArrayList<>(live.record().layers());
        more.add("new-" + more.size() + ".qcow2");
        file(more.getLast());
        live.record(live.record().withLayers(more));
        directory.write(live.record());
    }

    private Optional<JobError> shorten(LiveVm live) {
        return vms.locked("vm-1", () -> chains.shorten(live, false, () -> false, timing));
    }

    @Test
    void whatIsShortEnoughIsLeftAlone() throws IOException {
        LiveVm live = runs(Chains.LONG - 1);

        assertThat(shorten(live)).isEmpty();
        assertThat(asked).isEmpty();
        assertThat(timing.total()).containsOnlyKeys("total");
    }

    @Test
    void aLongOneIsShortBeforeItGetsAnotherLayer() throws IOException {
        LiveVm live = runs(Chains.LONG);

        assertThat(shorten(live)).isEmpty();
        assertThat(asked).containsExactly(chain(Chains.LONG));
        assertThat(machine.bytesPerSecond).isZero();
        assertThat(live.record().layers()).containsExactly("base.raw", "31.qcow2");
        assertThat(directory.read()).contains(live.record());
        assertThat(Objects.requireNonNull(directory.home().layers().toFile().list()))
                .containsExactlyInAnyOrder("base.raw", "31.qcow2");
        assertThat(timing.total()).containsOnlyKeys("flatten", "total");
    }

    @Test
    void layersThatComeWithoutRestNeverAreMoreThanTheBound() throws IOException {
        LiveVm live = runs(3);
        for (int i = 0; i < 4 * Chains.LONG; i++) {
            assertThat(shorten(live)).isEmpty();
            add(live);
            assertThat(live.record().layers()).hasSizeLessThanOrEqualTo(Chains.LONG);
        }
        assertThat(asked).hasSize(4);
    }

    @Test
    void oneThatCanNotBeMadeShortGoesOnToTheMostAndThenGetsNoOther() throws IOException {
        engineRefuses();
        LiveVm live = runs(Chains.LONG);
        while (live.record().layers().size() < Chains.MOST) {
            assertThat(shorten(live)).isEmpty();
            add(live);
        }
        assertThat(asked).as("another try each time would cost time and room").hasSize(1);

        assertThat(shorten(live)).hasValueSatisfying(error -> {
            assertThat(error.code()).isEqualTo("disk_chain_too_long");
            assertThat(error.message()).contains("64 layers").contains("ended by a checkpoint");
            assertThat(error.hint()).contains("Try again").contains("prune").contains("--no-keep");
            assertThat(error.fault()).isEqualTo(JobError.Fault.HOST);
        });
        assertThat(live.record().layers()).hasSize(Chains.MOST);
        assertThat(shorten(live)).isPresent();
        assertThat(asked).as("here each try counts").hasSize(3);

        machine.flatten = layers -> List.of(layers.getFirst(), layers.getLast());
        assertThat(shorten(live)).isEmpty();
        assertThat(live.record().layers()).hasSize(2);
    }

    /// Of a checkpoint that was made before there was a bound.
    @Test
    void oneOfManyMoreThanTheMostIsMadeShortToo() throws IOException {
        LiveVm live = runs(Chains.MOST + 36);

        assertThat(shorten(live)).isEmpty();
        assertThat(live.record().layers()).hasSize(2);
    }

    /// Each layer of which holds a TiB.
    private LiveVm runsWithMuch(int diskMib) throws IOException {
        VmRecord record = VmDirectoryTest.record(VmRecord.Step.RUNNING);
        LiveVm live = runs(new VmRecord(
                record.version(),
                record.vm(),
                record.tenant(),
                record.name(),
                record.image(),
                new JobSpec.Shape(128, 1, diskMib),
                record.generation(),
                record.partition(),
                record.engine(),
                chain(Chains.MOST),
                record.operation(),
                record.job(),
                record.attempt(),
                record.step(),
                null,
                null,
                null));
        for (String layer : live.record().layers()) {
            try (RandomAccessFile file = new RandomAccessFile(file(layer).toFile(), "rw")) {
                file.setLength(1L << 40);
            }
        }
        return live;
    }

    @Test
    void withoutRoomForTheCopyTheEngineIsNotAskedAndTheReasonNamesIt() throws IOException {
        LiveVm live = runsWithMuch(1 << 30);

        assertThat(shorten(live))
                .hasValueSatisfying(error ->
                        assertThat(error.message()).contains("64 layers").contains("MiB left"));
        assertThat(asked).isEmpty();
    }

    @Test
    void whatTheTopHoldsNeedsNoRoom() throws IOException {
        LiveVm live = runsWithMuch(1 << 30);
        for (String layer : live.record().layers().subList(0, Chains.MOST - 1)) {
            try (RandomAccessFile file = new RandomAccessFile(file(layer).toFile(), "rw")) {
                file.setLength(0);
            }
        }
        assertThat(shorten(live)).isEmpty();
        assertThat(asked).hasSize(1);
    }

    @Test
    void afterARestoreTheSameVmIsNotTriedAgainSoon() throws IOException {
        engineRefuses();
        assertThat(shorten(runs(Chains.LONG))).isEmpty();
        assertThat(shorten(runs(Chains.LONG))).isEmpty();
        assertThat(asked).hasSize(1);
    }

    @Test
    void oneThatIsAboutToBeAnotherIsMadeShortOnlyWhenItCanGetNoLayer() throws IOException {
        LiveVm ending = runs(Chains.MOST - 1);
        assertThat(chains.shorten(ending, true, () -> false, timing)).isEmpty();
        assertThat(asked).isEmpty();
        assertThat(chains.shorten(runs(Chains.MOST), true, () -> false, timing)).isEmpty();
        assertThat(asked).hasSize(1);
    }

    @Test
    void aCopyNeedsNoMoreRoomThanTheDiskHasHoweverMuchItsLayersHold() throws IOException {
        assertThat(shorten(runsWithMuch(512))).isEmpty();
        assertThat(asked).hasSize(1);
    }

    @Test
    void whoDoesNotWantItAnyMoreEndsItAndTheNextOneTriesAtOnce() throws IOException {
        LiveVm live = runs(Chains.LONG);
        engineRefuses();
        vms.locked("vm-1", () -> chains.shorten(live, false, () -> true, timing));
        assertThat(machine.unwanted.getAsBoolean()).isTrue();

        shorten(live);
        assertThat(asked).hasSize(2);
    }

    @Test
    void theOneAtLeisureIsEndedByTheOneThatIsWaitedFor() throws Exception {
        LiveVm live = runs(Chains.LONG);
        CompletableFuture<List<String>> atLeisure = new CompletableFuture<>();
        machine.flatten = layers -> {
            atLeisure.complete(layers);
            await().until(machine.unwanted::getAsBoolean);
            return REFUSED;
        };
        CompletableFuture<Boolean> beside = CompletableFuture.supplyAsync(() -> chains.shortenBeside(live));
        atLeisure.join();
        assertThat(machine.bytesPerSecond).isPositive();
        machine.flatten = layers -> {
            assertThat(beside.join()).isFalse(); // as the engine: it waits for its turn
            return List.of(layers.getFirst(), layers.getLast());
        };

        assertThat(shorten(live)).isEmpty();
        assertThat(live.record().layers()).hasSize(2);
    }

    @Test
    void whoHoldsTheVmsLockDoesNotWaitForACopyThatWaitsForThatLock() throws IOException {
        LiveVm live = runs(Chains.LONG);
        CompletableFuture<Boolean> beside = vms.locked("vm-1", () -> {
            var begun = CompletableFuture.supplyAsync(() -> chains.shortenBeside(live));
            await().until(() -> asked.size() == 1);
            assertThat(chains.shorten(live, false, () -> false, timing)).isEmpty();
            assertThat(live.record().layers()).hasSize(2);
            return begun;
        });
        assertThat(beside.join()).as("it was made short by another").isFalse();
        assertThat(directory.read()).contains(live.record());
    }

    @Test
    void aRecordThatCanNotBeWrittenLeavesTheLongOneWhichIsNeverWrong() throws IOException {
        LiveVm live = runs(Chains.LONG);
        machine.flatten = layers -> {
            throw new UncheckedIOException(new IOException("No space left on device"));
        };

        assertThat(shorten(live)).isEmpty();
        assertThat(live.record().layers()).hasSize(Chains.LONG);
        assertThat(directory.read()).contains(live.record());
    }
}
