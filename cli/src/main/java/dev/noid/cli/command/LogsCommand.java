package dev.noid.cli.command;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Session;
import dev.noid.cli.exec.JobOutput;
import dev.noid.cli.exec.OutputCursor;
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
                    + " over. Its output goes to the VM's log."
        },
        footerHeading = "%nExample:%n",
        footer = {"  noid logs web", "  noid logs web -f"})
final class LogsCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable String vm;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on until the VM stops or is put back again.")
    private boolean follow;

    LogsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        OutputCursor cursor =
                new OutputCursor(session.terminal().out(), session.terminal().err());
        try {
            new JobOutput(session.api(), session.terminal(), cursor)
                    .log(session.settings().vm(vm), follow);
        } catch (OutputCursor.BrokenPipe _) {
            return ExitCode.BROKEN_PIPE;
        }
        if (cursor.missing() > 0) {
            session.terminal().note(cursor.missing() + " bytes of it were left out, or are not kept any more");
        }
        return 0;
    }
}
