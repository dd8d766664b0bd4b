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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// One VM's directory and its `vm.json`, which at every moment is the old one or the new one, whole, whatever dies; but
/// see [#writeForNow].
public final class VmDirectory {
    private static final Logger log = LoggerFactory.getLogger(VmDirectory.class);
    private static final String RECORD = "vm.json";
    private static final JsonMapper JSON = Json.records();

    private final String vm;
    private final VmHome home;

    VmDirectory(String vm, VmHome home) {
        this.vm = vm;
        this.home = home;
    }

    /// Whose it is. The home may go by another name, under which its VMM was started.
    public String vm() {
        return vm;
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
        write(record, true);
    }

    /// A power failure may leave the old one, or none that can be read. For what then is no more either.
    void writeForNow(VmRecord record) {
        write(record, false);
    }

    private void write(VmRecord record, boolean durable) {
        Path fresh = home.directory().resolve(RECORD + ".new");
        try {
            try (FileChannel file = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(record));
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                if (durable) {
                    file.force(true);
                }
            }
            Files.move(fresh, home.directory().resolve(RECORD), StandardCopyOption.ATOMIC_MOVE);
            if (durable) {
                FileTree.syncDirectory(home.directory());
            }
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

    /// For a step that only takes away, or only says what is so already: on a full disk it is what makes room, so it
    /// goes on unannounced. The record from before still says whose files these are. Whether it was written.
    boolean announce(VmRecord record) {
        try {
            write(record);
            return true;
        } catch (UncheckedIOException e) {
            log.warn("vm.json not written, going on vm={} step={}", record.vm(), record.step(), e);
            return false;
        }
    }

    /// Goes back to what a record says, after a step that came to nothing. When that can't be written, no layer that
    /// `vm.json` may name is removed: one too many is harmless, and without one the VM would never start again.
    void goBack(VmRecord record) {
        if (announce(record)) {
            keepLayers(record.layers());
        }
    }

    /// Removes every layer of the disk that is not among these. Of a disk about which nothing is known, all stay.
    void keepLayers(List<String> chain) {
        try {
            if (chain.isEmpty() || !Files.isDirectory(home.layers())) {
                return;
            }
            for (Path layer : entries(home.layers())) {
                if (!chain.contains(layer.getFileName().toString())) {
                    FileTree.remove(layer);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A VMM process of this generation has been started: its number is written at once.
    boolean hasVmm(long generation) {
        return Files.exists(home.pid(generation));
    }

    private static List<Path> entries(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        }
    }
}
