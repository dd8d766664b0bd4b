package dev.noid.standalone;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Command lines of the parts that are JVMs: this JVM's `java` and class path.
record JavaParts(DataRoot root, Map<String, String> environment, StartUpCache startUpCache) {
    private static final List<String> COMMON = List.of(
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            // In every language the same: Kafka makes names of constants with the capitals of the user's.
            "-Duser.language=en",
            // C1 alone. With C2, the start-up cache's record of the training run has the hot methods compiled twice in
            // the first seconds: 1.8 s of CPU a part, while two cores start four parts. What runs here waits for the
            // network, the disk and VMs; who measures otherwise has NOID_PART_OPTIONS.
            "-XX:TieredStopAtLevel=1",
            // And ten times as soon as usual: an exec's way through all parts is interpreted for minutes otherwise.
            "-XX:CompileThresholdScaling=0.1",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            // Kafka's client unmaps its files by it; the JVM's warning would be the first line of every log.
            "--sun-misc-unsafe-memory-access=allow");

    /// @param own flags of this part; the environment's `NOID_PART_OPTIONS` come after them and win
    List<String> command(String part, List<String> own, String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        // A session of its own: a Ctrl-C at the terminal reaches the supervisor only, which stops the parts in order.
        command.add("setsid");
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(Leftovers.marks(root.path(), part));
        command.addAll(COMMON);
        command.addAll(own);
        command.addAll(startUpCache.flags(part));
        String more = environment.getOrDefault("NOID_" + part.toUpperCase(Locale.ROOT) + "_OPTIONS", "");
        Arrays.stream(more.strip().split("\\s+"))
                .filter(option -> !option.isEmpty())
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(arguments);
        return command;
    }
}
