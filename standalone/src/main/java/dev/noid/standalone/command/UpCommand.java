package dev.noid.standalone.command;

import dev.noid.standalone.DataRoot;
import dev.noid.standalone.Stack;
import dev.noid.standalone.StackOptions;
import dev.noid.standalone.StackStart;
import dev.noid.standalone.process.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "up",
        description = "Start Noid on this machine: broker, Postgres, gateway and worker.",
        footer = {
            "",
            "Runs until Ctrl-C, which is like `noid down`. With -d it goes to the background.",
            "Example: noid up -d && noid run -- uname -a"
        })
final class UpCommand implements Callable<Integer> {
    @Option(
            names = {"-d", "--detach"},
            description = "return when all is ready")
    private boolean detach;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "${env:NOID_PORT:-7070}",
            description = "of the API; 0: a free one (default: NOID_PORT, else 7070)")
    private int port;

    @Option(names = "--keep-vms", description = "let VMs run on when a signal stops this")
    private boolean keepVms;

    /// Set by `up -d` for the supervisor it starts; VMs then end by `noid down` alone, never by a signal.
    @Option(names = "--supervise", hidden = true)
    private boolean supervise;

    @Override
    public Integer call() throws Exception {
        Map<String, String> environment = System.getenv();
        Path directory = DataRoot.usual(environment);
        if (port < 0 || port > 65_535) {
            return Answers.refuse("--port " + port + " is no port", "use 1 to 65535, or 0 for a free one");
        }
        if (detach) {
            return new DetachedStart(directory, port).run();
        }
        long began = System.nanoTime();
        return switch (Stack.open(directory, new StackOptions(port, environment))) {
            case StackStart.Started(Stack stack) -> serve(stack, began);
            case StackStart.AlreadyRunning(long pid, String url, boolean _) ->
                Answers.refuse(
                        "already running: pid " + pid + ", " + url + ", data " + directory,
                        "noid status, noid down, or NOID_DATA for a second one");
            case StackStart.Refused(String what, String hint) -> Answers.refuse(what, hint);
            case StackStart.Failed failed -> Answers.failed(failed);
        };
    }

    private int serve(Stack stack, long began) throws IOException, InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Thread stop = new Thread(() -> stop(stack), "stop-stack");
        Runtime.getRuntime().addShutdownHook(stop);
        Optional<StackStart.Failed> failed = stack.awaitStarted();
        if (failed.isPresent()) {
            // VMs that an earlier run left are not this failure's business.
            if (!unhook(stop)) {
                never.await();
            }
            stack.close();
            return Answers.failed(failed.get());
        }
        Welcome welcome = new Welcome(stack.root(), stack.url(), stack.adminToken(), stack.adminTokenFile());
        welcome.configureCli(System.getenv());
        if (supervise) {
            // Its lines are for the one who waits in the foreground.
            AtomicFile.write(stack.root().run().resolve("welcome"), welcome.text(), "rw-------");
        } else {
            System.out.print("Noid is up after " + Answers.seconds(began) + "\n" + welcome.text());
            System.out.println("Ctrl-C stops it" + (keepVms ? " and leaves the VMs" : " and its VMs"));
        }
        never.await();
        return 0;
    }

    /// False when a signal came meanwhile, and the hook runs.
    private static boolean unhook(Thread hook) {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            return false;
        }
    }

    private void stop(Stack stack) {
        Optional<DownRequest> asked = DownRequest.take(stack.root());
        if (asked.map(DownRequest::keepVms).orElse(keepVms || supervise)) {
            stack.close();
            return;
        }
        try {
            stack.closeWithVms();
        } catch (IOException e) {
            System.err.println("error: VMs may run on: " + e.getMessage());
        }
    }

    static List<String> superviseArguments(int port) {
        return List.of("up", "--supervise", "--port", Integer.toString(port));
    }
}
