package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.StopVm;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `noid stop`.
@Command(
        name = "stop",
        description = "Stop VMs; their files stay.",
        footerHeading = "%nExample:%n",
        footer = "  noid stop web")
final class StopCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Lifecycle vms = new Lifecycle();

    @Option(
            names = "--grace",
            paramLabel = "DURATION",
            description =
                    "How long its programs may take to end, e.g. 30s (10s). 0 kills them at once; files stay in any case.")
    private @Nullable String grace;

    StopCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        StopVm body = new StopVm(
                grace == null ? null : Units.duration("--grace", grace).toMillis() / 1_000.0);
        return vms.each(session, (name, wait) -> Call.post("/vms/" + name + "/stop", body, wait));
    }
}
