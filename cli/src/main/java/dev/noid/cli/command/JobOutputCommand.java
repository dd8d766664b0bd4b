package dev.noid.cli.command;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.exec.JobOutput;
import dev.noid.cli.exec.OutputCursor;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `noid job output`.
@Command(
        name = "output",
        description = "Print what a job's command wrote, to stdout and stderr as it did.",
        footerHeading = "%nExample:%n",
        footer = {"  noid job output $$(noid exec -d web -- make)", "  noid job output JOB -f > build.log"})
final class JobOutputCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "JOB", description = "Its id.")
    private String id = "";

    @Option(
            names = {"-f", "--follow"},
            description = "Go on until the job has ended.")
    private boolean follow;

    JobOutputCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        OutputCursor cursor =
                new OutputCursor(session.terminal().out(), session.terminal().err());
        try {
            new JobOutput(session.api(), session.terminal(), cursor).print(JobIds.checked(id), follow);
        } catch (OutputCursor.BrokenPipe _) {
            return ExitCode.BROKEN_PIPE;
        }
        if (cursor.missing() > 0) {
            throw Failure.failed(cursor.missing() + " bytes of the output are not kept any more", null);
        }
        return 0;
    }
}
