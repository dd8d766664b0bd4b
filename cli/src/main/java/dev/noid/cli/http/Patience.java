package dev.noid.cli.http;

import dev.noid.cli.print.Terminal;
import dev.noid.schema.Deadline;
import java.time.Duration;

/// How long and how often to ask again while the gateway is away: 0.1 s, doubling to 2 s, for ten minutes, with one
/// note
/// once a person would begin to wonder.
public final class Patience {
    private static final Duration BUDGET = Duration.ofMinutes(10);
    private static final long FIRST_MILLIS = 100;
    private static final long LAST_MILLIS = 2_000;

    private final Terminal terminal;
    private final String server;
    private Deadline giveUp = Deadline.after(BUDGET);
    private Deadline silent = Deadline.after(Duration.ofSeconds(3));
    private long pause = FIRST_MILLIS;
    private boolean waiting;
    private boolean noted;

    public Patience(Terminal terminal, String server) {
        this.terminal = terminal;
        this.server = server;
    }

    /// Things work again: the next trouble gets the whole budget.
    public void reset() {
        if (noted) {
            terminal.note("connected again");
        }
        waiting = false;
        noted = false;
        pause = FIRST_MILLIS;
    }

    /// Pauses before another try; false when there shall be none.
    public boolean again() {
        if (!waiting) {
            waiting = true;
            giveUp = Deadline.after(BUDGET);
            silent = Deadline.after(Duration.ofSeconds(3));
        }
        if (giveUp.passed()) {
            return false;
        }
        if (silent.passed() && !noted) {
            noted = true;
            terminal.note(server + " does not answer; trying again for " + BUDGET.toMinutes() + " minutes");
        }
        try {
            Thread.sleep(Math.min(pause, giveUp.left().toMillis() + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        pause = Math.min(LAST_MILLIS, pause * 2);
        return true;
    }
}
