package dev.noid.cli;

import dev.noid.cli.command.Commands;
import dev.noid.cli.command.OtherWords;
import dev.noid.cli.command.Root;
import dev.noid.cli.print.Escapes;
import dev.noid.cli.print.SystemError;
import dev.noid.cli.print.Terminal;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// From words to an exit code.
public final class Cli {
    private final Terminal terminal;
    private final Map<String, String> environment;
    private final Path directory;

    public Cli(Terminal terminal, Map<String, String> environment, Path directory) {
        this.terminal = terminal;
        this.environment = environment;
        this.directory = directory;
    }

    public int run(String... args) {
        // Of exec and run everything behind the first `--` belongs to the remote command and is never looked at here.
        // Of the others it is their own: picocli knows what `--` means.
        int dashes = Commands.runRemotely(command(args)) ? Arrays.asList(args).indexOf("--") : -1;
        List<String> tail = dashes < 0 ? null : List.of(Arrays.copyOfRange(args, dashes + 1, args.length));
        String[] own = dashes < 0 ? args : Arrays.copyOf(args, dashes);
        Session session = new Session(terminal, environment, directory, tail);
        int code = commandLine(session, own.length == 0 ? null : own[0]).execute(own);
        @Nullable IOException problem = terminal.outProblem();
        return problem == null ? code : unwritten(problem, code, session);
    }

    private int unwritten(IOException problem, int code, Session session) {
        if (SystemError.brokenPipe(problem)) {
            return ExitCode.BROKEN_PIPE;
        }
        terminal.error("stdout can't be written: " + SystemError.why(problem), null);
        return code == ExitCode.OK ? failed(session) : code;
    }

    /// Behind `--` is a remote command, whose exit codes ours must not be.
    private static int failed(Session session) {
        return session.tail() != null ? ExitCode.NOID_FAILED : ExitCode.FAILED;
    }

    /// The first word that is no option of `noid` itself; null when there is none before a `--`.
    private static @Nullable String command(String[] args) {
        for (int i = 0; i < args.length && !args[i].equals("--"); i++) {
            if (args[i].equals("--server")) {
                i++; // what follows is its value
            } else if (!args[i].startsWith("-")) {
                return args[i];
            }
        }
        return null;
    }

    /// The whole command tree.
    public CommandLine commandLine(Session session) {
        return commandLine(session, null);
    }

    /// Commands get the session through their constructor.
    private CommandLine commandLine(Session session, @Nullable String firstWord) {
        CommandLine.IFactory factory = new WithSession(session);
        CommandLine line = new CommandLine(Root.class, factory);
        Commands.add(line, factory, firstWord);
        return line.setOut(terminal.outWriter())
                .setErr(terminal.errWriter())
                .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.outColour() ? Ansi.ON : Ansi.OFF))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(100)
                .setUsageHelpAutoWidth(terminal.outIsTerminal())
                .setAbbreviatedOptionsAllowed(false)
                .setParameterExceptionHandler((problem, typed) -> usageError(problem, typed, session))
                .setExecutionExceptionHandler((problem, _, _) -> failed(problem, session));
    }

    private int failed(Exception problem, Session session) {
        if (problem instanceof Failure failure) {
            terminal.error(failure.message(), failure.hint());
            return failure.exitCode();
        }
        terminal.error("Noid failed: " + problem, "please report it, with what was typed");
        return failed(session);
    }

    private int usageError(ParameterException problem, String[] typed, Session session) {
        if (problem.getCause() instanceof Failure failure) {
            return say(failure.message(), failure.hint() == null ? helpHint(problem) : failure.hint());
        }
        if (problem instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().getFirst();
            boolean option = word.startsWith("-");
            Optional<String> dashed = session.tail() == null ? withDashes(typed) : Optional.empty();
            if (dashed.isPresent()) {
                return say("'--' is missing before the command", dashed.get());
            }
            Optional<OtherWords.Answer> other = option || !isRoot(problem) ? Optional.empty() : OtherWords.of(word);
            if (other.isPresent()) {
                String why = other.get().what();
                return say(
                        "unknown command '" + Escapes.visible(word) + "'" + (why.isEmpty() ? "" : ": " + why),
                        other.get().hint());
            }
            List<String> alike = unmatched.getSuggestions();
            String what = option ? "unknown option " : isGroup(problem) ? "unknown command " : "unexpected word ";
            return say(
                    what + "'" + Escapes.visible(word) + "'",
                    alike.isEmpty() ? helpHint(problem) : "did you mean " + spelled(problem, alike, option) + "?");
        }
        String message = String.valueOf(problem.getMessage()).replaceAll("\\s*\\R\\s*", "; ");
        return say(message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1), helpHint(problem));
    }

    /// The words of an `exec` or `run` whose command has an option of its own, with the `--` that is missing.
    private static Optional<String> withDashes(String[] typed) {
        String word = command(typed);
        if (word == null || !Commands.runRemotely(word)) {
            return Optional.empty();
        }
        List<String> all = Arrays.asList(typed);
        int own = word.equals("run") ? 0 : 1; // exec's own is the VM
        List<String> rest = all.subList(all.indexOf(word) + 1, all.size());
        if (rest.size() < own + 2 || rest.subList(0, own + 1).stream().anyMatch(it -> it.startsWith("-"))) {
            return Optional.empty();
        }
        List<String> words = new ArrayList<>(List.of("noid", word));
        words.addAll(rest.subList(0, own));
        words.add("--");
        rest.subList(own, rest.size()).forEach(it -> words.add(quoted(it)));
        return Optional.of(String.join(" ", words));
    }

    /// As a shell takes it for one word.
    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private static boolean isRoot(ParameterException problem) {
        return problem.getCommandLine().getParent() == null;
    }

    private static String spelled(ParameterException problem, List<String> alike, boolean option) {
        String path = option ? "" : problem.getCommandLine().getCommandSpec().qualifiedName() + " ";
        // picocli lists what it finds alike by rank; beyond two it is guessing.
        return String.join(
                " or ", alike.stream().limit(2).map(word -> path + word.strip()).toList());
    }

    private static boolean isGroup(ParameterException problem) {
        return !problem.getCommandLine().getSubcommands().isEmpty();
    }

    private static String helpHint(ParameterException problem) {
        return problem.getCommandLine().getCommandSpec().qualifiedName() + " --help";
    }

    private int say(String message, @Nullable String hint) {
        terminal.error(message, hint);
        return ExitCode.USAGE;
    }

    private record WithSession(Session session) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            try {
                Constructor<K> constructor = type.getDeclaredConstructor(Session.class);
                constructor.setAccessible(true); // Commands are their package's own business.
                return constructor.newInstance(session);
            } catch (NoSuchMethodException _) {
                return CommandLine.defaultFactory().create(type);
            } catch (InvocationTargetException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
    }
}
