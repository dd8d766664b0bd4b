package dev.noid.worker.checkpoint;

import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `checkpoints/{vm}/{id}/`: the checkpoints of this host. They outlive the VM they were made of.
public final class CheckpointStore {
    private static final Logger log = LoggerFactory.getLogger(CheckpointStore.class);

    private final Path root;

    public CheckpointStore(Path data) {
        this.root = data.resolve("checkpoints");
        try {
            FileTree.closed(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param vm id of the VM it was or will be made of
    public SavedDirectory of(String vm, String id) {
        return new SavedDirectory(root.resolve(vm), id);
    }

    public void remove(String vm, String id) {
        remove(of(vm, id));
    }

    /// The VM's directory goes with its last one.
    public void remove(SavedDirectory saved) {
        saved.remove();
        deleteIfEmpty(saved.parent());
    }

    /// Removes what nobody will ask for: parts of what was being made or removed, and what no row knows.
    ///
    /// @param known   ids of all that may have files here; asked after the files were looked at
    /// @param atStart none is being made now, so that what is half made is left over
    public void sweep(Supplier<Set<String>> known, boolean atStart) {
        List<Path> found =
                entries(root).stream().flatMap(vm -> entries(vm).stream()).toList();
        Set<String> wanted = found.isEmpty() ? Set.of() : known.get();
        for (Path entry : found) {
            String name = entry.getFileName().toString();
            boolean half = name.startsWith(SavedDirectory.FRESH);
            String id = half ? name.substring(SavedDirectory.FRESH.length()) : name;
            // Trash has no id that a row knows.
            if ((half && atStart) || !wanted.contains(id)) {
                remove(entry);
            }
        }
        if (atStart) {
            entries(root).forEach(CheckpointStore::deleteIfEmpty);
        }
    }

    private static void remove(Path entry) {
        try {
            log.info(
                    "leftover removed checkpoint={} vm={}",
                    entry.getFileName(),
                    entry.resolveSibling(".").normalize().getFileName());
            FileTree.remove(entry);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteIfEmpty(Path vm) {
        try {
            Files.deleteIfExists(vm);
        } catch (DirectoryNotEmptyException e) {
            // Usual.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
