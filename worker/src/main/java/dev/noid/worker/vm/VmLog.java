package dev.noid.worker.vm;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Stream;
import dev.noid.worker.guest.LogListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `vms/{id}/guest.log`: what processes write that belong to no job any more, because they ran in the VM that
/// was saved. Bounded: the older half is dropped.
final class VmLog implements LogListener {
    private static final Logger log = LoggerFactory.getLogger(VmLog.class);
    private static final long HALF = 512 << 10;

    private final Path file;
    private final Path older;

    VmLog(Path home) {
        this.file = home.resolve("guest.log");
        this.older = home.resolve("guest.log.1");
    }

    @Override
    public void log(ExecId exec, Stream stream, byte[] bytes) {
        try {
            if (Files.exists(file) && Files.size(file) > HALF) {
                Files.move(file, older, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (NoSuchFileException e) {
            // The VM is being removed.
        } catch (IOException e) {
            log.warn("guest output lost file={} error=\"{}\"", file, e.getMessage());
        }
    }
}
