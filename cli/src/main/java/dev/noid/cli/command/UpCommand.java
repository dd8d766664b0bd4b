package dev.noid.cli.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/// `noid up`, for the help; the launcher gives these words to the supervisor and they never get here.
@Command(
        name = "up",
        description = "Start a stack on this machine: broker, Postgres, gateway and worker.",
        footerHeading = "%nExample:%n",
        footer = "  noid up -d")
final class UpCommand implements Callable<Integer> {
    @Unmatched
    private String[] words = {};

    @Override
    public Integer call() {
        throw StackWords.notHere("up", words);
    }
}
