package dev.noid.standalone.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/// Finds processes by what they are, from `/proc`. Processes of other users that may not be looked into are not found.
public final class ProcessTable {
    private ProcessTable() {}

    /// Those whose command line holds every one of `arguments`, each as a whole argument.
    public static List<ProcessId> withArguments(Set<String> arguments) {
        return matching(pid -> {
            try {
                byte[] line = Files.readAllBytes(proc(pid, "cmdline"));
                Set<String> given =
                        new HashSet<>(Arrays.asList(new String(line, StandardCharsets.UTF_8).split("\0", -1)));
                return given.containsAll(arguments);
            } catch (IOException _) {
                return false;
            }
        });
    }

    /// Those that work in exactly this directory.
    public static List<ProcessId> workingIn(Path directory) {
        return matching(pid -> links(proc(pid, "cwd"), directory::equals));
    }

    /// Those that hold a file open that matches.
    public static List<ProcessId> holding(Predicate<Path> file) {
        return matching(pid -> {
            try (var descriptors = Files.newDirectoryStream(proc(pid, "fd"))) {
                for (Path descriptor : descriptors) {
                    if (links(descriptor, file)) {
                        return true;
                    }
                }
                return false;
            } catch (IOException _) {
                return false;
            }
        });
    }

    private static boolean links(Path link, Predicate<Path> target) {
        try {
            return target.test(Files.readSymbolicLink(link));
        } catch (IOException _) {
            return false;
        }
    }

    private static List<ProcessId> matching(LongPredicate wanted) {
        return pids().filter(pid -> pid != ProcessHandle.current().pid())
                .filter(wanted)
                .mapToObj(ProcessId::of)
                .flatMap(found -> found.stream())
                .toList();
    }

    private static LongStream pids() {
        String[] names = Path.of("/proc").toFile().list();
        return Arrays.stream(names == null ? new String[0] : names)
                .filter(name -> name.chars().allMatch(Character::isDigit))
                .mapToLong(Long::parseLong)
                .sorted();
    }

    private static Path proc(long pid, String name) {
        return Path.of("/proc", Long.toString(pid), name);
    }
}
