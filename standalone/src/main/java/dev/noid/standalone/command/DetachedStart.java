package dev.noid.standalone.command;

import dev.noid.standalone.DataRoot;
import dev.noid.standalone.Stack;
import dev.noid.standalone.StackOptions;
import dev.noid.standalone.StackStart;
import dev.noid.standalone.supervisor.PartLogs;
import dev.noid.standalone.supervisor.PartState;
import dev.noid.standalone.supervisor.StackState;
import dev.noid.standalone.supervisor.StateFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// `up -d`: starts the supervisor in a session of its own and waits for its word.
record DetachedStart(Path directory, int port) {
    private static final Duration PATIENCE = Duration.ofSeconds(150);
    private static final int POLL_MILLIS = 20;

    int run() throws IOException, InterruptedException {
        long began = System.nanoTime();
        DataRoot root = new DataRoot(Files.exists(directory) ? directory.toRealPath() : directory);
        Optional<StackState> running = StateFile.read(root.stateFile())
                .filter(state -> state.supervisor().alive());
        if (running.isPresent()) {
            return alreadyRunning(running.get());
        }
        // Before the first file is made there.
        Optional<StackStart.Refused> refusal = Stack.refusal(directory);
        if (refusal.isPresent()) {
            return Answers.refuse(refusal.get().what(), refusal.get().hint());
        }
        Files.deleteIfExists(root.run().resolve("welcome"));
        Files.createDirectories(root.logs());
        Path log = new PartLogs(root.logs(), 0).file(PartLogs.SUPERVISOR);
        long from = Files.exists(log) ? Files.size(log) : 0;
        Process supervisor = new ProcessBuilder(command())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        supervisor.getOutputStream().close();
        Path welcome = root.run().resolve("welcome");
        while (System.nanoTime() - began < PATIENCE.toNanos()) {
            if (Files.exists(welcome)) {
                System.out.print("Noid is up after " + Answers.seconds(began) + "\n" + Files.readString(welcome));
                return 0;
            }
            if (supervisor.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                System.err.print(written(log, from));
                return Answers.FAILED;
            }
        }
        supervisor.destroy();
        return Answers.refuse("Noid did not start within " + PATIENCE.toSeconds() + " s", "look into " + log);
    }

    private int alreadyRunning(StackState state) {
        String where = "already running: pid " + state.pid() + ", " + state.url() + ", data " + directory;
        if (state.parts().stream().allMatch(part -> part.state() == PartState.RUNNING)) {
            System.out.println("Noid is " + where);
            return 0;
        }
        return Answers.refuse(where + ", but not all of it is well", "noid status");
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                "setsid",
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(new StackOptions(port, System.getenv()).startUpCache().flags("up"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.noid.standalone.Main"));
        command.addAll(UpCommand.superviseArguments(port));
        return command;
    }

    private static String written(Path log, long from) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(log.toFile(), "r")) {
            open.seek(Math.min(from, open.length()));
            byte[] rest = new byte[(int) (open.length() - open.getFilePointer())];
            open.readFully(rest);
            return new String(rest, StandardCharsets.UTF_8);
        }
    }
}
