package dev.noid.standalone.command;

import dev.noid.schema.Json;
import dev.noid.standalone.DataRoot;
import dev.noid.standalone.process.ProcessId;
import dev.noid.standalone.supervisor.PartState;
import dev.noid.standalone.supervisor.PartStatus;
import dev.noid.standalone.supervisor.StackState;
import dev.noid.standalone.supervisor.StateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        description = "Show the parts of what `noid up` started.",
        footer = {"", "Exit code: 0 all parts run, 3 they do not.", "Example: noid status -o json | jq .parts"})
final class StatusCommand implements Callable<Integer> {
    private static final int NOT_RUNNING = 3;
    private static final String ROW = "%-10s %8s %6s %-11s %-28s %s%n";

    /// A segment of the broker's log and some of the database's take this much.
    private static final long ROOM = 64L << 20;

    enum Form {
        TABLE,
        JSON
    }

    /// What `-o json` prints.
    ///
    /// @param warning what keeps parts from running, and this from being up to date
    record Shown(
            String data,
            @Nullable String url,
            Part supervisor,
            List<Part> parts,
            @Nullable String warning) {}

    /// @param state   of [PartState], or `dead`: its process is gone and nobody restarts it, or `stopped`
    /// @param lastEnd how its process before this one ended
    record Part(
            String name,
            @Nullable Long pid,
            @Nullable Integer port,
            String state,
            @Nullable Instant since,
            @Nullable String lastEnd) {}

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            defaultValue = "table",
            description = "table or json")
    private Form form = Form.TABLE;

    @Override
    public Integer call() {
        Path directory = DataRoot.usual(System.getenv());
        Optional<StackState> state = StateFile.read(new DataRoot(directory).stateFile());
        Shown shown = state.map(known -> shown(directory, known)).orElseGet(() -> nothing(directory));
        switch (form) {
            case JSON ->
                System.out.println(Json.api().writerWithDefaultPrettyPrinter().writeValueAsString(shown));
            case TABLE -> print(shown);
        }
        boolean all = shown.supervisor().state().equals("running")
                && !shown.parts().isEmpty()
                && shown.parts().stream().allMatch(part -> part.state().equals("running"));
        return all ? 0 : NOT_RUNNING;
    }

    private static Shown shown(Path directory, StackState state) {
        boolean supervised = state.supervisor().alive();
        List<Part> parts = new ArrayList<>();
        for (PartStatus part : state.parts()) {
            boolean alive = part.process().filter(ProcessId::alive).isPresent();
            String word = part.state().toString();
            if (!supervised && part.state() != PartState.STOPPED && part.state() != PartState.FAILED) {
                word = alive ? "orphaned" : "dead";
            } else if (supervised && part.state() == PartState.RUNNING && !alive) {
                // It died a moment ago; the supervisor is about to see it.
                word = PartState.RESTARTING.toString();
            }
            parts.add(new Part(
                    part.name(),
                    alive ? part.pid() : null,
                    part.port() == 0 ? null : part.port(),
                    word,
                    part.since(),
                    part.lastEnd()));
        }
        Part supervisor = new Part(
                "supervisor",
                supervised ? state.pid() : null,
                null,
                supervised ? "running" : "stopped",
                state.since(),
                null);
        return new Shown(directory.toString(), state.url(), supervisor, parts, fullDisk(directory));
    }

    private static Shown nothing(Path directory) {
        List<Part> parts = List.of("postgres", "broker", "gateway", "worker").stream()
                .map(name -> new Part(name, null, null, PartState.STOPPED.toString(), null, null))
                .toList();
        Part supervisor = new Part("supervisor", null, null, "stopped", null, null);
        return new Shown(directory.toString(), null, supervisor, parts, fullDisk(directory));
    }

    /// Broker and database end when they can't write, and the supervisor can't write down what it saw.
    private static @Nullable String fullDisk(Path directory) {
        try {
            long free = Files.getFileStore(directory).getUsableSpace();
            return free >= ROOM
                    ? null
                    : "the disk of " + directory + " has " + free / 1024
                            + " KiB left: parts end and start again until there "
                            + "is more, what was accepted waits, and what is shown here may be old";
        } catch (IOException _) {
            return null; // It is not there.
        }
    }

    private static void print(Shown shown) {
        System.out.printf(ROW, "PART", "PID", "PORT", "STATE", "SINCE", "LAST END");
        List<Part> all = new ArrayList<>(shown.parts());
        all.addFirst(shown.supervisor());
        for (Part part : all) {
            System.out.printf(
                    ROW,
                    part.name(),
                    dash(part.pid()),
                    dash(part.port()),
                    part.state(),
                    dash(part.since()),
                    dash(part.lastEnd()));
        }
        if (shown.warning() != null) {
            System.err.println("warning: " + shown.warning());
        }
        System.out.println("data " + shown.data() + (shown.url() == null ? "" : ", API " + shown.url()));
    }

    private static Object dash(@Nullable Object value) {
        return value == null ? "-" : value;
    }
}
