package dev.noid.standalone.command;

import dev.noid.schema.Deadline;
import dev.noid.standalone.DataRoot;
import dev.noid.standalone.Leftovers;
import dev.noid.standalone.Stack;
import dev.noid.standalone.process.ProcessId;
import dev.noid.standalone.supervisor.StackState;
import dev.noid.standalone.supervisor.StateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "down",
        description = "Stop what `noid up` started, and end the VMs.",
        footer = {"", "Data stays. Example: noid down --keep-vms"})
final class DownCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /// The very first start unpacks PostgreSQL before it writes down who it is.
    private static final Duration BEGINNING = Duration.ofSeconds(30);

    private static final int POLL_MILLIS = 50;

    @Option(names = "--keep-vms", description = "let VMs run on; the next `noid up` finds them again")
    private boolean keepVms;

    @Override
    public Integer call() throws Exception {
        long began = System.nanoTime();
        Path directory = DataRoot.usual(System.getenv());
        if (!Files.isDirectory(directory)) {
            System.out.println("Noid is not running: there is no " + directory);
            return 0;
        }
        DataRoot root = new DataRoot(directory.toRealPath());
        Optional<ProcessId> supervisor = supervisor(root);
        boolean running = supervisor.isPresent();
        if (running) {
            new DownRequest(keepVms).leave(root);
            supervisor.get().signal("TERM");
            if (!supervisor.get().awaitEnd(PATIENCE)) {
                System.err.println("error: the supervisor did not end in time and is killed");
                supervisor.get().stop("KILL", PATIENCE);
            }
        }
        // A killed supervisor leaves its parts; one that ended in order leaves nothing to find here.
        Leftovers leftovers = new Leftovers(root);
        running |= leftovers.stopJavaParts();
        running |= leftovers.stopPostgres();
        boolean vms = !keepVms && leftovers.endVms() > 0;
        System.out.println(
                running || vms
                        ? "Noid is down after " + Answers.seconds(began) + (keepVms ? "; VMs run on" : "")
                        : "Noid is not running");
        return 0;
    }

    /// Waits for one that is only beginning: it would go on after this `down`.
    private static Optional<ProcessId> supervisor(DataRoot root) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(BEGINNING);
        while (true) {
            Optional<ProcessId> supervisor =
                    StateFile.read(root.stateFile()).map(StackState::supervisor).filter(ProcessId::alive);
            if (supervisor.isPresent() || deadline.passed() || !Stack.supervised(root)) {
                return supervisor;
            }
            Thread.sleep(POLL_MILLIS);
        }
    }
}
