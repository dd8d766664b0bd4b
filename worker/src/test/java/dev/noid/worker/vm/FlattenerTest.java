package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.worker.CrashPoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlattenerTest {
    private static final List<String> LONG = Stream.concat(
                    Stream.of("base.raw"), IntStream.rangeClosed(1, 8).mapToObj(i -> i + ".qcow2"))
            .toList();
    private static final List<String> SHORT = List.of("base.raw", "8.qcow2");

    private final Vms vms = new Vms();
    private final FakeMachine machine = new FakeMachine();
    private final VmDirectory directory;
    private final Flattener flattener;
    private final List<List<String>> asked = new ArrayList<>();

    FlattenerTest(@TempDir Path data) throws IOException {
        VmDirectories directories = new VmDirectories(data);
        directory = directories.of("vm-1");
        directory.make();
        Path layers = Files.createDirectories(directory.home().layers());
        for (String layer : LONG) {
            Files.createFile(layers.resolve(layer));
        }
        flattener = new Flattener(new Chains(directories, vms, new CrashPoints(Optional.empty())), vms, Duration.ZERO);
        answers(SHORT);
    }

    private void answers(List<String> flat) {
        machine.flatten = layers -> {
            asked.add(layers);
            return flat;
        };
    }

    private LiveVm runs(List<String> layers) {
        LiveVm live = new LiveVm(
                VmDirectoryTest.record(VmRecord.Step.RUNNING).withLayers(layers).running(42), machine);
        directory.write(live.record());
        vms.put(live);
        return live;
    }

    private List<String> files() {
        return List.of(Objects.requireNonNull(directory.home().layers().toFile().list()));
    }

    private void rounds() {
        flattener.round(); // sees it
        flattener.round();
    }

    @Test
    void aLongChainIsMadeShortInVmJsonAndOnTheDisk() {
        LiveVm live = runs(LONG);
        rounds();

        assertThat(asked).containsExactly(LONG);
        assertThat(live.record().layers()).isEqualTo(SHORT);
        assertThat(directory.read()).contains(live.record());
        assertThat(files()).containsExactlyInAnyOrderElementsOf(SHORT);
        rounds();
        assertThat(asked).hasSize(1);
    }

    @Test
    void aShortOneIsLeftAlone() {
        runs(LONG.subList(1, LONG.size()));
        rounds();

        assertThat(asked).isEmpty();
    }

    @Test
    void whatChangesBetweenTwoRoundsIsLeftAloneYet() throws IOException {
        LiveVm live = runs(LONG);
        Files.createFile(directory.home().layers().resolve("9.qcow2"));
        flattener.round();
        live.record(live.record().withLayers(more()));
        flattener.round();
        assertThat(asked).isEmpty();

        flattener.round();
        assertThat(asked).containsExactly(more());
    }

    private static List<String> more() {
        return Stream.concat(LONG.stream(), Stream.of("9.qcow2")).toList();
    }

    @Test
    void aCheckpointMeanwhileMakesTheAnswerWorthless() {
        LiveVm live = runs(LONG);
        machine.flatten = _ -> {
            live.record(live.record().withLayers(more()));
            directory.write(live.record());
            return SHORT;
        };
        rounds();

        assertThat(live.record().layers()).isEqualTo(more());
        assertThat(directory.read()).contains(live.record());
        assertThat(files()).containsExactlyInAnyOrderElementsOf(LONG);
    }

    @Test
    void aRestoreMeanwhileMakesTheAnswerWorthless() {
        LiveVm live = runs(LONG);
        machine.flatten = _ -> {
            LiveVm next = new LiveVm(live.record().next(LONG, true).running(43), new FakeMachine());
            directory.write(next.record());
            vms.put(next);
            return SHORT;
        };
        rounds();

        assertThat(directory.read().orElseThrow().layers()).isEqualTo(LONG);
        assertThat(directory.read().orElseThrow().generation()).isEqualTo(2);
        assertThat(files()).containsExactlyInAnyOrderElementsOf(LONG);
    }

    @Test
    void aStopMeanwhileMakesTheAnswerWorthless() {
        LiveVm live = runs(LONG);
        machine.flatten = _ -> {
            vms.remove(live);
            directory.write(live.record().at(VmRecord.Step.STOPPED));
            return SHORT;
        };
        rounds();

        assertThat(directory.read().orElseThrow().layers()).isEqualTo(LONG);
        assertThat(files()).containsExactlyInAnyOrderElementsOf(LONG);
    }

    @Test
    void oneThatWasEndedIsNotTriedAgainAtOnceAndWhatIsBeingRemovedIsNot() {
        LiveVm live = runs(LONG);
        answers(List.of());
        rounds();
        rounds();
        assertThat(asked).hasSize(1);
        assertThat(live.record().layers()).isEqualTo(LONG);

        vms.remove(live);
        rounds();
        LiveVm ending = runs(LONG);
        ending.willBe(LiveVm.Fate.DESTROYED);
        rounds();
        assertThat(asked).hasSize(1);
    }
}
