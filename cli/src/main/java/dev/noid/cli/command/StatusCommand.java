package dev.noid.cli.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/// `noid status`, for the help; the launcher gives these words to the supervisor and they never get here.
@Command(
        name = "status",
        description = "Show the parts of the stack of this machine.",
        footerHeading = "%nExample:%n",
        footer = "  noid status -o json")
final class StatusCommand implements Callable<Integer> {
    @Unmatched
    private String[] words = {};

    @Override
    public Integer call() {
        throw StackWords.notHere("status", words);
    }
}
