package dev.noid.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageStoreTest {
    @TempDir
    Path directory;

    private ImageStore store;

    ImageStoreTest() {
        store = new ImageStore(Path.of("not yet"));
    }

    @BeforeEach
    void make() throws IOException {
        store = new ImageStore(directory.resolve("images"));
        image("one", "rootfs of one");
    }

    private Path image(String name, String rootfs) throws IOException {
        Path image = Files.createDirectories(directory.resolve("source").resolve(name));
        Files.writeString(image.resolve("kernel"), "k");
        Files.writeString(image.resolve("initrd"), "i");
        Files.writeString(image.resolve("rootfs"), rootfs);
        String digest = ImageManifest.digestOf(image);
        Files.writeString(
                image.resolve("image.json"),
                "{\"name\":\"%s\",\"digest\":\"%s\",\"kernel\":\"6.1\",\"os\":\"x\"}".formatted(name, digest));
        return image;
    }

    @Test
    void takesInWhatIsWholeOnceAndFindsItByDigest() throws IOException {
        ImageStore.Imported imported = store.importFrom(List.of(directory.resolve("source")));
        assertThat(imported.problems()).isEmpty();
        StoredImage image = imported.images().getFirst();
        assertThat(image.name()).isEqualTo("one");
        assertThat(image.bytes()).isEqualTo(15);
        assertThat(store.importFrom(List.of(directory.resolve("source/one"))).images())
                .containsExactly(image);
        assertThat(store.list()).containsExactly(image);
        assertThat(store.find(image.digest())).contains(image);
        assertThat(image.directory()).hasFileName(image.digest().substring("sha256:".length()));
        assertThat(image.directory().resolve("rootfs")).hasContent("rootfs of one");
        assertThat(store.find("sha256:" + "0".repeat(64))).isEmpty();
        assertThat(store.find("sha256:../../source/one")).isEmpty();
    }

    @Test
    void anImageThatIsNotWhatItsDigestSaysIsNotTaken() throws IOException {
        Files.writeString(image("two", "as made").resolve("rootfs"), "changed");
        ImageStore.Imported imported =
                store.importFrom(List.of(directory.resolve("source"), directory.resolve("none")));
        assertThat(imported.images()).extracting(StoredImage::name).containsExactly("one");
        assertThat(imported.problems()).hasSize(2).anyMatch(problem -> problem.contains("digest"));
        try (var left = Files.list(directory.resolve("images"))) {
            assertThat(left).hasSize(1);
        }
    }

    @Test
    void aHalfMadeImportIsNeverListedAndRemovedByTheNext() throws IOException {
        Path half = Files.createDirectories(directory.resolve("images/.new-1"));
        Files.writeString(half.resolve("kernel"), "k");
        assertThat(store.list()).isEmpty();
        store.importFrom(List.of(directory.resolve("source")));
        assertThat(half).doesNotExist();
    }

    @Test
    void aNameThatIsNoNameIsNotTaken() throws IOException {
        Path image = image("three", "r");
        Files.writeString(image.resolve("image.json"), "{\"name\":\"../x\",\"digest\":\"sha256:zz\"}");
        Path other = image("four", "r4");
        Files.writeString(other.resolve("image.json"), "not json");
        assertThat(store.importFrom(List.of(image, other)).problems()).hasSize(2);
        assertThat(store.list()).isEmpty();
    }
}
