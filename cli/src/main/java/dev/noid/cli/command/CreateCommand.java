package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.settings.Settings;
import dev.noid.schema.api.Job;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `noid create`.
@Command(
        name = "create",
        description = "Make a VM and start it. Prints its name.",
        footerHeading = "%nExample:%n",
        footer = {
            "  noid create web --memory 512M --cpus 2",
            "  noid create try --checkpoint web/before",
            "  vm=$$(noid create)"
        })
final class CreateCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "Its name; made up when missing.")
    private @Nullable String name;

    @Mixin
    private Shape shape = new Shape();

    @Option(names = "--no-wait", description = "Do not wait until it runs.")
    private boolean noWait;

    @Mixin
    private OutputOptions output = new OutputOptions();

    CreateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (name != null) {
            Settings.checkedName(name);
        }
        Jobs jobs = new Jobs(session.api());
        Job job = jobs.succeeded(
                jobs.submit(Call.post("/vms", shape.named(name), noWait ? 0 : Jobs.POLL_SECONDS), !noWait));
        if (output.json()) {
            session.printer().json(session.api().call(Call.get("/vms/" + job.vm())));
        } else {
            session.terminal().line(job.vm());
        }
        return 0;
    }
}
