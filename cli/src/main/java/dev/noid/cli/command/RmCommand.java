package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `noid rm`.
@Command(
        name = "rm",
        description = "Destroy VMs and all that is in them.",
        footerHeading = "%nExample:%n",
        footer = "  noid rm web")
final class RmCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..*", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable List<String> vms;

    @Option(names = "--no-wait", description = "Do not wait until it is done.")
    private boolean noWait;

    RmCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new Lifecycle(session, !noWait).each(vms, (name, wait) -> Call.delete("/vms/" + name, wait));
    }
}
