package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `noid rm`.
@Command(
        name = "rm",
        description = "Destroy VMs and all that is in them. Their checkpoints stay.",
        footerHeading = "%nExample:%n",
        footer = {"  noid rm web", "  noid rm web --with-checkpoints", "  noid rm -f web"})
final class RmCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Lifecycle vms = new Lifecycle();

    @Option(names = "--with-checkpoints", description = "Remove what was kept of them too.")
    private boolean withCheckpoints;

    @Option(
            names = {"-f", "--force"},
            description = "One that is not there is no failure, and not printed.")
    private boolean force;

    RmCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String query = withCheckpoints ? "?checkpoints=true" : "";
        return vms.each(session, (name, wait) -> Call.delete("/vms/" + name + query, wait), force);
    }
}
