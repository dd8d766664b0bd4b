package dev.noid.standalone.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// up, down, status: the part of `noid` that is about this machine.
@Command(
        name = "noid",
        synopsisSubcommandLabel = "up|down|status",
        description = "Run Noid on this machine.",
        mixinStandardHelpOptions = true,
        subcommands = {UpCommand.class, DownCommand.class, StatusCommand.class})
public final class Commands {
    private static final int USAGE = 2;

    private Commands() {}

    /// Returns the exit code.
    public static int run(String[] args) {
        CommandLine line = new CommandLine(new Commands()).setCaseInsensitiveEnumValuesAllowed(true);
        line.getSubcommands().values().forEach(command -> command.getCommandSpec()
                .mixinStandardHelpOptions(true));
        line.setExecutionExceptionHandler((failure, _, _) -> {
            System.err.println("error: " + failure);
            System.err.println("hint: this is a bug or a fault of this machine; the data directory's logs say more");
            return Answers.FAILED;
        });
        if (args.length == 0) {
            line.usage(System.err);
            return USAGE;
        }
        return line.execute(args);
    }
}
