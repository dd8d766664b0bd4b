package dev.noid.worker;

import dev.noid.schema.config.ConfigException;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.OwnFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/// Whose data directory it is, from the first registration on: VMs and checkpoints in it are those of this host's
/// row. For a host with another name or id all of them would be left over, and what is left over is removed.
///
/// @param name under which it registers
/// @param id   of its row
record HostMark(String name, String id) {
    private static final String FILE = "host";

    static Optional<HostMark> read(Path data) {
        try {
            String[] words = Files.readString(data.resolve(FILE)).strip().split(" ", -1);
            if (words.length != 2) {
                throw new IOException(data.resolve(FILE) + " is damaged: it must hold the host's name and id");
            }
            return Optional.of(new HostMark(words[0], words[1]));
        } catch (java.nio.file.NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(Path data) {
        Path fresh = data.resolve(FILE + ".new");
        try {
            OwnFile.write(fresh, name + " " + id + "\n");
            try (FileChannel written = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                written.force(true);
            }
            Files.move(fresh, data.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
            FileTree.syncDirectory(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Throws [ConfigException] when the directory is another host's.
    ///
    /// @param known id of the row with this name; empty when there is none
    void check(Path data, String wanted, Optional<String> known) {
        if (!wanted.equals(name)) {
            throw new ConfigException(List.of("host is '" + wanted + "', but " + data + " has the VMs of host '" + name
                    + "': give NOID_HOST=" + name + ", or another data directory"));
        }
        if (!known.equals(Optional.of(id))) {
            throw new ConfigException(List.of(data + " has the VMs of host '" + name + "' with id " + id
                    + ", and the database "
                    + known.map(other -> "knows that name as " + other).orElse("does not know it")
                    + ": give the database it was used with, or another data directory"));
        }
    }
}
