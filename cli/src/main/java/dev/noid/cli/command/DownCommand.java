package dev.noid.cli.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/// `noid down`, for the help; the launcher gives these words to the supervisor and they never get here.
@Command(
        name = "down",
        description = "Stop the stack of this machine.",
        footerHeading = "%nExample:%n",
        footer = "  noid down")
final class DownCommand implements Callable<Integer> {
    @Unmatched
    private String[] words = {};

    @Override
    public Integer call() {
        throw StackWords.notHere("down", words);
    }
}
