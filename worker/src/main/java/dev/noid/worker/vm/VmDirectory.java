package dev.noid.worker.vm;

import dev.noid.schema.Json;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
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

/// One VM's directory and its `vm.json`, which at every moment is the old one or the new one, whole, whatever dies.
public final class VmDirectory {
    private static final String RECORD = "vm.json";
    private static final JsonMapper JSON = Json.records();

    private final VmHome home;

    VmDirectory(VmHome home) {
        this.home = home;
    }

    public VmHome home() {
        return home;
    }

    public boolean exists() {
        return Files.isDirectory(home.directory());
    }

    public void make() {
        try {
            Files.createDirectories(home.directory());
            FileTree.syncDirectory(home.directory().resolveSibling("."));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Empty when there is none, or none that can be read: then nothing is known but the directory's name.
    public Optional<VmRecord> read() {
        try {
            return Optional.of(
                    JSON.readValue(Files.readAllBytes(home.directory().resolve(RECORD)), VmRecord.class));
        } catch (NoSuchFileException | JacksonException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void write(VmRecord record) {
        Path fresh = home.directory().resolve(RECORD + ".new");
        try {
            try (FileChannel file = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(record));
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                file.force(true);
            }
            Files.move(fresh, home.directory().resolve(RECORD), StandardCopyOption.ATOMIC_MOVE);
            FileTree.syncDirectory(home.directory());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Removes everything, `vm.json` last, so that a removal cut short still says whose files these are. Links are not
    /// followed.
    public void remove() {
        try {
            if (!Files.isDirectory(home.directory(), LinkOption.NOFOLLOW_LINKS)) {
                return;
            }
            for (Path entry : entries(home.directory())) {
                if (!entry.getFileName().toString().equals(RECORD)) {
                    FileTree.remove(entry);
                }
            }
            Files.deleteIfExists(home.directory().resolve(RECORD));
            Files.delete(home.directory());
            FileTree.syncDirectory(home.directory().resolveSibling("."));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> entries(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        }
    }
}
