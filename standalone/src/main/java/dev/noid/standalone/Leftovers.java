package dev.noid.standalone;

import dev.noid.standalone.process.ProcessId;
import dev.noid.standalone.process.ProcessTable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a killed supervisor left behind. Its parts are known by two arguments on their command lines, so none
/// is missed for want of a written pid, and none is confused with a stranger that has the same pid now.
public record Leftovers(DataRoot root) {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    /// In this order: who needs the others goes first. PostgreSQL is found by its working directory.
    private static final List<String> JAVA_PARTS = List.of("worker", "gateway", "broker");

    /// Where the worker keeps the path of the directory on tmpfs with the memory of its VMs.
    private static final String MEMORY = "memory-directory";

    private static final Path USUAL_TMPFS = Path.of("/dev/shm");

    private static final Pattern LOCK = Pattern.compile("run-[0-9]+\\.lock");

    private static final Duration STOP = Duration.ofSeconds(5);
    private static final Duration VM_STOP = Duration.ofSeconds(3);

    static List<String> marks(Path root, String part) {
        return List.of("-Dnoid.stack=" + root, "-Dnoid.part=" + part);
    }

    /// True when there was something to stop.
    public boolean stopJavaParts() {
        boolean found = false;
        for (String part : JAVA_PARTS) {
            for (ProcessId id : ProcessTable.withArguments(Set.copyOf(marks(root.path(), part)))) {
                LOG.warn("part={} pid={} was left by a killed run: it is stopped", part, id.pid());
                id.stop("TERM", STOP);
                found = true;
            }
        }
        return found;
    }

    /// Stops the PostgreSQL server on this data, if one runs.
    public boolean stopPostgres() {
        List<ProcessId> servers = ProcessTable.workingIn(root.postgres().resolve("data"));
        if (!servers.isEmpty()) {
            LOG.warn(
                    "part=postgres pid={} was left by a killed run: it is stopped",
                    servers.getFirst().pid());
            // The lowest pid is most likely the postmaster; INT to one of the others only cancels what it does.
            servers.forEach(id -> id.signal("INT"));
            servers.forEach(id -> id.awaitEnd(STOP));
            servers.forEach(id -> id.stop("KILL", STOP));
        }
        return !servers.isEmpty();
    }

    /// Ends every VM of this data directory, those of the pool too: whoever holds the lock of a VMM's generation,
    /// `vms/{id}/run-{generation}.lock`. Returns how many processes that were.
    public int endVms() throws IOException {
        List<Path> homes = List.of(root.vms(), root.path().resolve("pool"));
        List<ProcessId> holders =
                ProcessTable.holding(file -> file.getNameCount() == root.vms().getNameCount() + 2
                        && homes.stream().anyMatch(file::startsWith)
                        && LOCK.matcher(file.getFileName().toString()).matches());
        holders.forEach(id -> id.signal("TERM"));
        holders.forEach(id -> id.awaitEnd(VM_STOP));
        holders.forEach(id -> id.stop("KILL", VM_STOP));
        if (!holders.isEmpty()) {
            LOG.info("vms ended, processes={}", holders.size());
        }
        removeMemory();
        return holders.size();
    }

    /// A worker removes the memory of its VMs when they end, unless it was killed before. All users of the host may
    /// make names on the tmpfs, so only what is a directory of ours is removed.
    private void removeMemory() throws IOException {
        Path kept = root.path().resolve(MEMORY);
        if (!Files.exists(kept)) {
            return;
        }
        Path memory = USUAL_TMPFS.resolve(Files.readString(kept).strip());
        if (!Files.isDirectory(memory, LinkOption.NOFOLLOW_LINKS)
                || !Files.getAttribute(memory, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                        .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(memory)) {
            for (Path file : files) {
                LOG.warn("memory={} was left by a killed worker: it is removed", file);
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(memory);
    }
}
