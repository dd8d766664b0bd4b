package dev.noid.cli.exec;

import dev.noid.cli.ExitCode;
import dev.noid.cli.http.Answer;
import dev.noid.cli.http.Api;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Terminal;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// What Ctrl-C and SIGTERM do to the remote command. The first Ctrl-C reaches it as INT; the second gives up
/// here. TERM and HUP end it.
public final class Interrupts {
    private final Api api;
    private final Terminal terminal;
    private final IntConsumer exit;
    private @Nullable String job;
    private boolean interrupted;
    private @Nullable Runnable undo;

    /// @param exit ends the process at once, e.g. `Runtime.halt`
    public Interrupts(Api api, Terminal terminal, IntConsumer exit) {
        this.api = api;
        this.terminal = terminal;
        this.exit = exit;
    }

    public void install() {
        Signals.on("INT", this::interrupt);
        Signals.on("TERM", () -> terminate(15));
        Signals.on("HUP", () -> terminate(1));
    }

    /// From here on there is a command to interrupt; a Ctrl-C that came before reaches it now.
    public void running(String id) {
        boolean late;
        synchronized (this) {
            job = id;
            late = interrupted;
        }
        if (late) {
            forward(id);
        }
    }

    /// To be done before this process ends early.
    public synchronized void undo(Runnable action) {
        undo = action;
    }

    public synchronized boolean interrupted() {
        return interrupted;
    }

    void interrupt() {
        @Nullable String id;
        boolean first;
        synchronized (this) {
            id = job;
            first = !interrupted;
            interrupted = true;
        }
        if (first && id != null) {
            forward(id);
        } else if (!first || hasUndo()) {
            giveUp(id);
        }
    }

    private synchronized boolean hasUndo() {
        return undo != null;
    }

    private void forward(String id) {
        Answer answer = api.attempt(Call.post("/jobs/" + id + "/signal", Map.of("signal", "INT"), 0));
        switch (answer) {
            case Answer.Done _ -> {}
            case Answer.Refused refused -> {
                // Nothing runs yet that could get a signal: then it shall not begin either.
                if (refused.problem().code().equals("exec_not_running")) {
                    var _ = cancel(id);
                } else {
                    undelivered(id, refused.problem().detail());
                }
            }
            case Answer.Unreachable away ->
                undelivered(id, api.unreachable(away).message());
        }
    }

    /// Whether it runs is not known, so that it is left as it is.
    private void undelivered(String id, String why) {
        terminal.note("the command may not have got the Ctrl-C: " + why);
        terminal.note("another one gives up waiting for it; noid job cancel " + id + " ends it");
    }

    private void giveUp(@Nullable String id) {
        if (id != null && !hasUndo()) {
            terminal.error("gave up waiting; the command may still run", "noid job cancel " + id);
        }
        runUndo();
        exit.accept(ExitCode.INTERRUPTED);
    }

    void terminate(int signal) {
        @Nullable String id;
        synchronized (this) {
            id = job;
        }
        if (id != null) {
            var _ = cancel(id);
        }
        runUndo();
        exit.accept(ExitCode.SIGNALLED + signal);
    }

    /// True when the gateway says that it will end.
    public boolean cancel(String id) {
        return api.attempt(Call.post("/jobs/" + id + "/cancel", null, 0)) instanceof Answer.Done;
    }

    private void runUndo() {
        @Nullable Runnable action;
        synchronized (this) {
            action = undo;
            undo = null;
        }
        if (action != null) {
            action.run();
        }
    }
}
