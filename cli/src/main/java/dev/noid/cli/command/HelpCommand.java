package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `noid help`.
@Command(
        name = "help",
        description = "Show help for a command, or for the topic exit-codes.",
        footerHeading = "%nExample:%n",
        footer = {"  noid help exec", "  noid help exit-codes"})
final class HelpCommand implements Callable<Integer> {
    private static final String EXIT_CODES = """
            Exit codes of exec and run:
              0-124    what the remote command exited with (124 also: --timeout ran out)
              125      Noid itself failed: no gateway, no such VM, output lost, cancelled, VM put back
              126      the remote command can't be executed, or its user or directory is not there
              127      the remote command was not found
              128+N    the remote command was killed by signal N, e.g. 137 is KILL
              130      Ctrl-C
              141      whoever read the output went away; the remote command was cancelled
            Of the other commands:
              0        done
              1        refused, failed or not reachable
              4        the token is missing, not good, not for this server, or its file is open to others
            Of all:
              2        the words typed are wrong; nothing was asked of the gateway""";

    private final Session session;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "A command, or exit-codes.")
    private @Nullable List<String> words;

    HelpCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        CommandLine line =
                Objects.requireNonNull(Objects.requireNonNull(spec).parent()).commandLine();
        for (String word : words == null ? List.<String>of() : words) {
            if (word.equals("exit-codes")) {
                session.printer().lines(EXIT_CODES.lines().toList());
                return 0;
            }
            CommandLine next = line.getSubcommands().get(word);
            if (next == null) {
                throw Failure.usage("no help for '" + word + "'", "noid help, or noid help exit-codes");
            }
            line = next;
        }
        line.usage(line.getOut());
        return 0;
    }
}
