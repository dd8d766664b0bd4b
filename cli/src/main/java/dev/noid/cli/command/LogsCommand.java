package dev.noid.cli.command;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Session;
import dev.noid.cli.exec.JobOutput;
import dev.noid.cli.exec.OutputCursor;
import dev.noid.schema.api.LogEnd;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `noid logs`.
@Command(
        name = "logs",
        description = {
            "Print what processes of a VM's past have written since.",
            "A command that ran when a checkpoint was made runs on in what is restored or forked from it, but its job is"
                    + " over. What it writes from then on is in the VM's log, and nothing else is: what a command of"
                    + " yours writes is its job's output.",
            "A restore and a start begin a new log, and the one before is not shown any more. At most 128 KiB/s are kept,"
                    + " for a day; a note says how much is left out."
        },
        footerHeading = "%nExample:%n",
        footer = {"  noid logs web", "  noid logs web -f", "  noid job output JOB"})
final class LogsCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable String vm;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on until the VM stops, is put back or is started again, also over lost connections.")
    private boolean follow;

    LogsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String name = session.settings().vm(vm);
        OutputCursor cursor =
                new OutputCursor(session.terminal().out(), session.terminal().err());
        JobOutput output = new JobOutput(session.api(), session.terminal(), cursor);
        try {
            output.log(name, follow);
        } catch (OutputCursor.BrokenPipe _) {
            return ExitCode.BROKEN_PIPE;
        }
        if (cursor.missing() > 0) {
            session.terminal().note(cursor.missing() + " bytes of it were left out, or are not kept any more");
        }
        if (follow && output.logEnd() == LogEnd.REPLACED) {
            session.terminal().note(name + " was put back or started again; noid logs " + name + " is its new log");
        } else if (follow && output.logEnd() == LogEnd.STOPPED) {
            session.terminal().note(name + " does not run any more");
        } else if (cursor.empty() && session.terminal().errIsTerminal()) {
            session.terminal().note("nothing yet; what a command of yours writes is in noid job output JOB");
        }
        return 0;
    }
}
