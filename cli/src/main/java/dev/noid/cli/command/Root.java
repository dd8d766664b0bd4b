package dev.noid.cli.command;

import dev.noid.cli.Session;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// `noid`; its commands are in [Commands].
@Command(
        name = "noid",
        synopsisSubcommandLabel = "COMMAND",
        description = "Runs commands in throw-away microVMs.",
        footerHeading = "%nExample:%n",
        footer = {
            "  noid up -d                          start a stack on this machine",
            "  noid run -- uname -a                run one command in a fresh VM",
            "  noid create web && noid use web     make a VM and mean it from now on",
            "  tar c . | noid exec -- tar x -C /srv",
            "",
            "In a checkout also: noid demo (a tour), noid bench (how fast it is here), noid test",
            "Exit codes: noid help exit-codes"
        })
public final class Root implements Callable<Integer> {
    private final Session session;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            description = "Show which Noid this is.")
    private boolean version;

    public Root(Session session) {
        this.session = session;
    }

    @Option(
            names = "--server",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description = "Gateway to ask (NOID_SERVER).")
    void server(@Nullable String url) {
        session.serverFlag(url);
    }

    @Override
    public Integer call() {
        if (version) {
            session.printer().lines(List.of("noid " + VersionCommand.version()));
            return 0;
        }
        CommandLine line = java.util.Objects.requireNonNull(spec).commandLine();
        line.usage(line.getOut());
        return help ? 1 : 0;
    }
}
