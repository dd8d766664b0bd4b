package dev.noid.worker.checkpoint;

import dev.noid.schema.Json;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// One saved VM's directory, which is there whole or not at all: made beside its place, synced, and renamed.
public record SavedDirectory(Path parent, String name) {
    static final String FRESH = ".new-";
    static final String TRASH = ".trash-";
    private static final JsonMapper JSON = Json.records();

    /// All in one directory, whole or half made or half removed.
    public static List<SavedDirectory> in(Path parent) {
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .map(name -> name.startsWith(FRESH)
                            ? name.substring(FRESH.length())
                            : name.startsWith(TRASH) ? name.substring(TRASH.length()) : name)
                    .distinct()
                    .map(name -> new SavedDirectory(parent, name))
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path path() {
        return parent.resolve(name);
    }

    /// Where it is until it is published.
    public Path fresh() {
        return parent.resolve(FRESH + name);
    }

    /// An empty directory to save into; what an earlier try left goes first, whole or not.
    public Path begin() {
        remove();
        while (true) {
            try {
                return Files.createDirectories(fresh());
            } catch (NoSuchFileException _) {
                // Its parent went with the last other one just now: again.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// Makes what was saved durable, the manifest last. Throws UncheckedIOException when the disk takes no more.
    public void seal(Manifest manifest) {
        try {
            syncAll(fresh());
            Path file = fresh().resolve(SavedVm.FILE);
            Files.write(file, JSON.writeValueAsBytes(manifest), StandardOpenOption.CREATE_NEW);
            sync(file);
            FileTree.syncDirectory(fresh());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// From here on it is there.
    public void publish() {
        try {
            Files.move(fresh(), path(), StandardCopyOption.ATOMIC_MOVE);
            FileTree.syncDirectory(parent);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Empty when it is not whole.
    public Optional<Manifest> read() {
        try {
            return Optional.of(JSON.readValue(Files.readAllBytes(path().resolve(SavedVm.FILE)), Manifest.class));
        } catch (NoSuchFileException | JacksonException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Whatever of it is there goes: renamed first, so that it never is there in part. One that is not there is fine.
    public void remove() {
        try {
            Path trash = parent.resolve(TRASH + name);
            FileTree.remove(trash);
            for (Path was : List.of(path(), fresh())) {
                if (Files.exists(was, LinkOption.NOFOLLOW_LINKS)) {
                    Files.move(was, trash, StandardCopyOption.ATOMIC_MOVE);
                    FileTree.syncDirectory(parent);
                    FileTree.remove(trash);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void syncAll(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.toList();
        }
        for (Path path : all) {
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                FileTree.syncDirectory(path);
            } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                sync(path);
            }
        }
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
