package dev.noid.cli.command;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/// The commands of `noid`. What picocli has to know of one costs more than most of them do, so that only the one asked
/// for is made; all of them for help and for words that are none.
public final class Commands {
    private record Known(Class<?> type, String... words) {}

    private static final List<Known> ALL = List.of(
            new Known(CreateCommand.class, "create"),
            new Known(LsCommand.class, "ls", "ps"),
            new Known(GetCommand.class, "get"),
            new Known(SetCommand.class, "set"),
            new Known(ExecCommand.class, "exec", "x"),
            new Known(RunCommand.class, "run"),
            new Known(StartCommand.class, "start"),
            new Known(StopCommand.class, "stop"),
            new Known(RmCommand.class, "rm"),
            new Known(CheckpointCommand.class, "checkpoint", "ck"),
            new Known(RestoreCommand.class, "restore"),
            new Known(ForkCommand.class, "fork"),
            new Known(LogsCommand.class, "logs"),
            new Known(JobCommand.class, "job"),
            new Known(UseCommand.class, "use"),
            new Known(ImageCommand.class, "image"),
            new Known(HostCommand.class, "host"),
            new Known(UpCommand.class, "up"),
            new Known(DownCommand.class, "down"),
            new Known(StatusCommand.class, "status"),
            new Known(VersionCommand.class, "version"),
            new Known(HelpCommand.class, "help"));

    private Commands() {}

    /// @param word the first one typed; null, or any but a command's, makes all
    public static void add(CommandLine root, CommandLine.IFactory factory, @Nullable String word) {
        List<Known> asked = ALL.stream()
                .filter(known -> known.type != HelpCommand.class
                        && Arrays.asList(known.words).contains(word))
                .toList();
        (asked.isEmpty() ? ALL : asked).forEach(known -> root.addSubcommand(new CommandLine(known.type, factory)));
    }

    /// Whether what stands behind `--` is a command for a VM, and no word for `noid`.
    public static boolean runRemotely(@Nullable String word) {
        return ALL.stream()
                .anyMatch(known -> (known.type == ExecCommand.class || known.type == RunCommand.class)
                        && Arrays.asList(known.words).contains(word));
    }

    /// As the table has them; a test holds the commands' own annotations to it.
    static Set<String> words() {
        Set<String> words = new LinkedHashSet<>();
        ALL.forEach(known -> words.addAll(List.of(known.words)));
        return words;
    }
}
