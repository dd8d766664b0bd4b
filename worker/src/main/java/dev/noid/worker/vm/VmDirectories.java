package dev.noid.worker.vm;

import dev.noid.worker.engine.VmHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// `vms/`: the directories of this host's VMs, by id.
public final class VmDirectories {
    private final Path root;

    public VmDirectories(Path data) {
        this.root = data.resolve("vms");
        try {
            Files.createDirectories(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public VmDirectory of(String vm) {
        return new VmDirectory(new VmHome(vm, root.resolve(vm)));
    }

    public List<VmDirectory> all() {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> of(entry.getFileName().toString()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
