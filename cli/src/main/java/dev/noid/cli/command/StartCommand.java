package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `noid start`.
@Command(
        name = "start",
        description = "Start stopped VMs; their files are as they were.",
        footerHeading = "%nExample:%n",
        footer = "  noid start web")
final class StartCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..*", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable List<String> vms;

    @Option(names = "--no-wait", description = "Do not wait until it is done.")
    private boolean noWait;

    StartCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new Lifecycle(session, !noWait)
                .each(vms, (name, wait) -> Call.post("/vms/" + name + "/start", null, wait));
    }
}
