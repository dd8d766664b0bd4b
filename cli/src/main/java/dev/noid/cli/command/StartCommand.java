package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `noid start`.
@Command(
        name = "start",
        description = "Start stopped VMs; their files are as they were.",
        footerHeading = "%nExample:%n",
        footer = "  noid start web")
final class StartCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Lifecycle vms = new Lifecycle();

    StartCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return vms.each(session, (name, wait) -> Call.post("/vms/" + name + "/start", null, wait));
    }
}
