package dev.noid.worker.engine;

import dev.noid.worker.host.PageStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The memory of a VM that was saved before, of which [PausedMachine#save] writes only what is different now. Its files
/// are linked beside what will be written, so that whoever removes that VM takes nothing away.
///
/// @param files  lowest first; none when all is to be written
/// @param memory what they hold, open
public record MemoryBase(
        List<PausedMachine.SavedFile> files, @Nullable PageStack memory) implements AutoCloseable {
    public static MemoryBase none() {
        return new MemoryBase(List.of(), null);
    }

    @Override
    public void close() {
        try {
            if (memory != null) {
                memory.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
