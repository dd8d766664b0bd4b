package dev.noid.worker.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.Fingerprint;
import dev.noid.worker.engine.PausedMachine.SavedFile;
import dev.noid.worker.engine.SavedVm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
    private final Path data;
    private final CheckpointStore store;

    CheckpointStoreTest(@TempDir Path data) {
        this.data = data;
        this.store = new CheckpointStore(data);
    }

    private static Manifest manifest(String id) {
        return new Manifest(
                Manifest.VERSION,
                id,
                "vm-1",
                "tenant-1",
                "web",
                null,
                "before",
                "sha256:0",
                new JobSpec.Shape(128, 1, 512),
                Instant.EPOCH,
                new Fingerprint(Map.of("vmm", "stub 1")),
                List.of(new SavedFile("mem", "file-1", 3)),
                Map.of("mem", "3:1"),
                List.of("root"),
                1.5);
    }

    @Test
    void nobodyElseCanEnterWhereMemoryAndDisksAreKept() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("checkpoints"))))
                .isEqualTo("rwx------");
    }

    private SavedDirectory made(String id) throws IOException {
        SavedDirectory place = store.of("vm-1", id);
        Files.writeString(place.begin().resolve("mem"), "abc");
        place.seal(manifest(id));
        place.publish();
        return place;
    }

    @Test
    void whatWasPublishedIsReadAlsoByAnEngine() throws IOException {
        SavedDirectory place = made("ck-1");

        assertThat(place.read()).contains(manifest("ck-1"));
        assertThat(SavedVm.read(place.path()))
                .contains(new SavedVm(
                        manifest("ck-1").fingerprint(),
                        manifest("ck-1").files(),
                        Map.of("mem", "3:1"),
                        List.of("root")));
        assertThat(place.path()).hasToString(data + "/checkpoints/vm-1/ck-1");
    }

    @Test
    void beforeItsRenameItIsNotThere() throws IOException {
        SavedDirectory place = store.of("vm-1", "ck-1");
        Files.writeString(place.begin().resolve("mem"), "abc");
        place.seal(manifest("ck-1"));

        assertThat(place.read()).isEmpty();
        place.begin();
        assertThat(place.fresh()).as("another try starts over").isEmptyDirectory();
    }

    @Test
    void theSweepTakesWhatNobodyWillAskFor() throws IOException {
        made("ck-1");
        made("ck-forgotten");
        Files.createDirectories(store.of("vm-1", ".trash-ck-0").path());
        store.of("vm-1", "ck-2").begin();
        store.of("vm-2", "ck-3").begin();

        store.sweep(() -> Set.of("ck-1", "ck-2"), false);
        assertThat(data.resolve("checkpoints/vm-1")).isDirectoryNotContaining("glob:**ck-forgotten");
        assertThat(store.of("vm-1", "ck-2").fresh()).as("being made").exists();
        assertThat(store.of("vm-2", "ck-3").fresh()).doesNotExist();

        store.sweep(() -> Set.of("ck-1", "ck-2"), true);
        try (var left = Files.walk(data.resolve("checkpoints"))) {
            assertThat(left.map(path -> data.relativize(path).toString()))
                    .containsExactlyInAnyOrder(
                            "checkpoints",
                            "checkpoints/vm-1",
                            "checkpoints/vm-1/ck-1",
                            "checkpoints/vm-1/ck-1/mem",
                            "checkpoints/vm-1/ck-1/manifest.json");
        }
    }

    @Test
    void theLastRemovalTakesTheVmsDirectoryToo() throws IOException {
        made("ck-1");
        made("ck-2");
        store.remove("vm-1", "ck-1");
        store.remove("vm-1", "ck-1");
        assertThat(store.of("vm-1", "ck-2").read()).isPresent();
        store.remove("vm-1", "ck-2");
        assertThat(data.resolve("checkpoints")).isEmptyDirectory();
    }

    @Test
    void roomIsAskedForBeforeAnythingStandsStill() {
        Room room = new Room(data, 100 << 20);
        assertThat(room.lacking(0, 1 << 20, false)).isEmpty();
        assertThat(room.lacking(90 << 20, 20 << 20, false)).hasValueSatisfying(error -> {
            assertThat(error.code()).isEqualTo("checkpoint_quota");
            assertThat(error.hint()).contains("prune");
        });
        assertThat(room.lacking(90 << 20, 20 << 20, true))
                .hasValueSatisfying(error -> assertThat(error.hint()).contains("--no-keep"));
        assertThat(new Room(data, Long.MAX_VALUE).lacking(0, Long.MAX_VALUE >> 1, false))
                .hasValueSatisfying(error -> assertThat(error.code()).isEqualTo("disk_full"));
    }
}
