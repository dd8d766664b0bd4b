package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.schema.api.Job;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid job cancel`.
@Command(
        name = "cancel",
        description = "End a job. A running command gets TERM, then KILL. Prints the state the job is in now.",
        footerHeading = "%nExample:%n",
        footer = "  noid job ls -q --state running | xargs -n1 noid job cancel")
final class JobCancelCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "JOB", description = "Its id.")
    private String id = "";

    @Mixin
    private OutputOptions output = new OutputOptions();

    JobCancelCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        JsonNode node = session.api().callPatiently(Call.post("/jobs/" + JobIds.checked(id) + "/cancel", null, 0));
        if (output.json()) {
            session.printer().json(node);
        } else {
            session.terminal().line(session.api().read(node, Job.class).state().toString());
        }
        return 0;
    }
}
