package dev.noid.worker.host;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What parts a VMM from the rest of its host, beside the user it runs as: namespaces of its own for network, mounts,
/// IPC and host name, and limits. It needs none of them, so whoever breaks out of a guest finds no network device at
/// all. Process ids are not parted: the worker knows a VMM by its own.
///
/// @param prefix what to put before its command, still as root
public record Walls(List<String> prefix) {
    private static final Logger log = LoggerFactory.getLogger(Walls.class);
    private static final List<String> NAMESPACES = List.of("unshare", "--net", "--mount", "--ipc", "--uts", "--");

    /// One VMM opens some 40 files and runs some 10 threads; under KVM one more for each CPU and its I/O.
    private static final List<String> LIMITS = List.of("prlimit", "--nofile=1024:1024", "--nproc=512:512", "--");

    /// Found out by trying: a container may refuse what its root asks for.
    ///
    /// @param root only root can make namespaces, and only a user of its own can have its processes counted
    public static Walls ofThisHost(boolean root) {
        if (!root) {
            log.warn("VMMs share this user's network and namespaces, as this worker is not root");
            return new Walls(List.of());
        }
        List<String> prefix = new ArrayList<>();
        if (works(NAMESPACES)) {
            prefix.addAll(NAMESPACES);
        } else {
            log.warn("VMMs share this host's network and namespaces, as it lets nobody make new ones");
        }
        if (works(LIMITS)) {
            prefix.addAll(LIMITS);
        } else {
            log.warn("VMMs have no limits of their own on files and processes, as this host lets nobody set them");
        }
        return new Walls(List.copyOf(prefix));
    }

    private static boolean works(List<String> prefix) {
        List<String> command = new ArrayList<>(prefix);
        command.add("true");
        try {
            Process tried = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!tried.waitFor(5, TimeUnit.SECONDS)) {
                tried.destroyForcibly();
                return false;
            }
            return tried.exitValue() == 0;
        } catch (IOException _) {
            return false; // it has no such program
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
