package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.schema.SignalNames;
import dev.noid.schema.api.SignalAnswer;
import dev.noid.schema.api.SignalJob;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid job signal`.
@Command(
        name = "signal",
        description = "Send a signal to a running command and what it started.",
        footerHeading = "%nExample:%n",
        footer = {"  noid job signal JOB HUP", "  noid job signal JOB       (TERM)"})
final class JobSignalCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", paramLabel = "JOB", description = "Its id.")
    private String id = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SIGNAL",
            defaultValue = "TERM",
            description = "By its name, with or without SIG (TERM).")
    private String signal = "TERM";

    JobSignalCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String job = JobIds.checked(id);
        if (SignalNames.number(signal).isEmpty()) {
            throw Failure.usage(
                    "'" + signal + "' is not the name of a signal", "one of " + String.join(", ", SignalNames.all()));
        }
        JsonNode node = session.api().callPatiently(Call.post("/jobs/" + job + "/signal", new SignalJob(signal), 0));
        SignalAnswer answer = session.api().read(node, SignalAnswer.class);
        if (!answer.delivered()) {
            throw Failure.failed(
                    answer.detail() == null ? "the signal was not delivered" : answer.detail(), "noid job get " + job);
        }
        return 0;
    }
}
