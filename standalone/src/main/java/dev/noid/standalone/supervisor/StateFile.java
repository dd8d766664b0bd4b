package dev.noid.standalone.supervisor;

import dev.noid.schema.Json;
import dev.noid.standalone.process.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/// `run/state.json`: written whole at every change, by the supervisor alone.
public final class StateFile {
    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);

    private final Path file;
    private StackState state;

    private StateFile(Path file, StackState state) {
        this.file = file;
        this.state = state;
    }

    public static StateFile create(Path file, StackState state) {
        StateFile created = new StateFile(file, state);
        created.write();
        return created;
    }

    /// Empty when there was never a start, or its file is unreadable: then processes are found by their command
    /// lines.
    public static Optional<StackState> read(Path file) {
        try {
            return Files.exists(file)
                    ? Optional.of(Json.records().readValue(Files.readString(file), StackState.class))
                    : Optional.empty();
        } catch (IOException | JacksonException _) {
            return Optional.empty();
        }
    }

    synchronized void update(PartStatus changed) {
        List<PartStatus> parts = new ArrayList<>(state.parts());
        parts.replaceAll(part -> part.name().equals(changed.name()) ? changed : part);
        state = new StackState(
                state.url(),
                state.pid(),
                state.startTicks(),
                state.since(),
                state.controllerPort(),
                List.copyOf(parts));
        try {
            write();
        } catch (UncheckedIOException e) {
            // A full disk is no reason to stop restarting parts; the next change is written again.
            LOG.warn("state not written file={} cause={}", file, e.getMessage());
        }
    }

    public synchronized StackState state() {
        return state;
    }

    private void write() {
        try {
            AtomicFile.write(file, Json.records().writeValueAsString(state) + "\n", "rw-r--r--");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
