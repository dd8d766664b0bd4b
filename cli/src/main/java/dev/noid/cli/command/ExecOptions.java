package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.TypedBytes;
import dev.noid.cli.exec.ResultFile;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.ExecVm;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a command is run, the same for `exec` and `run`.
final class ExecOptions {
    private static final Set<String> INTERACTIVE =
            Set.of("sh", "bash", "ash", "dash", "zsh", "fish", "python", "python3", "node", "irb", "psql", "sqlite3");

    @Option(names = "-n", description = "No stdin. Also so when stdin is a terminal.")
    private boolean noStdin;

    @Option(
            names = {"-e", "--env"},
            paramLabel = "K=V",
            description = "Set a variable; K alone takes its value from here.")
    private List<String> environment = List.of();

    @Option(
            names = "--env-file",
            paramLabel = "FILE",
            description = "Set the variables of a file, a K=V a line; -e wins over it.")
    private List<String> environmentFiles = List.of();

    @Option(
            names = {"-w", "--workdir"},
            paramLabel = "DIR",
            description = "Directory to run in.")
    private @Nullable String directory;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER",
            description = "Name, uid or uid:gid (root).")
    private @Nullable String user;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            description = "End it after so long, e.g. 30s; exit code 124.")
    private @Nullable String timeout;

    @Option(
            names = "--label",
            paramLabel = LabelWords.PARAM,
            description = "A label to list its job by, e.g. build=17; any number of them.")
    private List<String> labels = List.of();

    @Option(
            names = "--result",
            paramLabel = "FILE",
            description = "Write how it ended as JSON: exitCode and signal are the command's own, error says why else.")
    private @Nullable Path result;

    /// Relative to where this process stands.
    ResultFile result(Session session) {
        return new ResultFile(result == null ? null : session.directory().resolve(result));
    }

    @Nullable
    Map<String, String> labels() {
        return LabelWords.map(labels);
    }

    ExecVm body(Session session, List<String> argv, boolean stdin) {
        if (stdin && !noStdin && session.terminal().inIsTerminal() && wantsTerminal(argv)) {
            session.terminal()
                    .note("a VM has no terminal yet, so that " + argv.getFirst()
                            + " gets no input and ends; give it a script: -c '...', or through a pipe");
        }
        return new ExecVm(
                argv,
                environment.isEmpty() && environmentFiles.isEmpty() ? null : variables(session),
                directory,
                user,
                null,
                null,
                stdin && !noStdin && !session.terminal().inIsTerminal(),
                timeout == null ? null : seconds(timeout),
                null,
                null,
                labels());
    }

    private static double seconds(String timeout) {
        double seconds = Units.duration("--timeout", timeout).toMillis() / 1_000.0;
        if (seconds <= 0) {
            throw Failure.usage("--timeout is '" + timeout + "', which leaves no time", "leave it out for no limit");
        }
        return seconds;
    }

    /// A shell or an interpreter without a word of what it is to run.
    private static boolean wantsTerminal(List<String> argv) {
        String program = argv.getFirst().substring(argv.getFirst().lastIndexOf('/') + 1);
        return INTERACTIVE.contains(program) && argv.stream().skip(1).allMatch(word -> word.matches("-[il]+|--login"));
    }

    private Map<String, String> variables(Session session) {
        Map<String, String> ours = session.environment();
        Map<String, String> variables = new LinkedHashMap<>();
        environmentFiles.forEach(file -> EnvFile.read(file, session.directory(), ours, variables));
        for (String entry : environment) {
            int equals = entry.indexOf('=');
            String key = equals < 0 ? entry : entry.substring(0, equals);
            if (key.isEmpty()) {
                throw Failure.usage("-e is '" + entry + "', which names no variable", "e.g. -e LANG=C");
            }
            if (equals >= 0) {
                variables.put(key, entry.substring(equals + 1));
            } else if (ours.containsKey(key)) {
                variables.put(key, TypedBytes.variable(key, ours.getOrDefault(key, "")));
            }
        }
        return variables;
    }
}
