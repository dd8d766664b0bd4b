package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.StopVm;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `noid stop`.
@Command(
        name = "stop",
        description = "Stop VMs; their files stay.",
        footerHeading = "%nExample:%n",
        footer = "  noid stop web")
final class StopCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..*", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable List<String> vms;

    @Option(
            names = "--grace",
            paramLabel = "DURATION",
            description = "How long the guest may take before it is killed, e.g. 30s (10s).")
    private @Nullable String grace;

    @Option(names = "--no-wait", description = "Do not wait until it is done.")
    private boolean noWait;

    StopCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        StopVm body = new StopVm(
                grace == null ? null : Units.duration("--grace", grace).toMillis() / 1_000.0);
        return new Lifecycle(session, !noWait)
                .each(vms, (name, wait) -> Call.post("/vms/" + name + "/stop", body, wait));
    }
}
