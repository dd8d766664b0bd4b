package dev.noid.gateway.dispatch;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.OpenRow;
import dev.noid.gateway.store.Outgoing;
import dev.noid.gateway.store.VmSweep;
import dev.noid.schema.job.JobState;
import dev.noid.schema.record.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells workers of rows in `placed` and `cancelling`, again and again until the row has moved on. The rows are the
/// outbox: after a restart the sweep finds all of them.
public final class Dispatcher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);
    private static final Duration SWEEP = Duration.ofMillis(500);
    private static final long FIRST_REPEAT_MILLIS = 1_000;
    private static final long LONGEST_REPEAT_MILLIS = 30_000;
    private static final int BATCH = 2_000;
    /// Whole commands in memory at once.
    private static final int SLICE = 20;

    private final Database database;
    private final CommandProducer producer;
    private final Map<Said, Repeat> repeats = new ConcurrentHashMap<>();
    private final VmSweep sweep;

    /// What was said about a job; another attempt or a cancel is another thing to say.
    private record Said(String job, int attempt, JobState state) {
        static Said of(Outgoing outgoing) {
            return new Said(outgoing.job(), outgoing.attempt(), outgoing.state());
        }

        static Said of(OpenRow row) {
            return new Said(row.job(), row.attempt(), row.state());
        }
    }

    private record Repeat(long dueNanos, long intervalMillis) {}

    public Dispatcher(Database database, CommandProducer producer, Runnable onDeath) {
        this.database = database;
        this.producer = producer;
        this.sweep = new VmSweep("dispatcher", SWEEP, _ -> {}, this::repeatDue, onDeath);
    }

    public void start() {
        sweep.start();
    }

    /// Right after the commit, on the caller's thread, without waiting for the broker.
    public void publish(Collection<Outgoing> outgoing) {
        for (Outgoing one : outgoing) {
            // Noted before it is sent: a sweep in between must not say it a second time.
            repeats.put(Said.of(one), repeatAfter(FIRST_REPEAT_MILLIS));
            if (!say(one)) {
                // The broker is away, and each try costs the caller 200 ms: the sweep says the others.
                return;
            }
        }
    }

    /// Says something that no row repeats: the caller does.
    public void send(Command command, int hostPartition) {
        var _ = producer.send(command, hostPartition, () -> {});
    }

    private boolean say(Outgoing one) {
        Command command = one.state() == JobState.CANCELLING
                ? new Command.CancelAttempt(one.host(), one.job(), one.attempt(), one.vm())
                : new Command.StartAttempt(
                        one.host(),
                        one.job(),
                        one.attempt(),
                        one.tenant(),
                        one.vm(),
                        one.generation(),
                        one.vmPartition(),
                        one.spec());
        Said said = Said.of(one);
        // The broker was away: what backs off is saying it to a worker who may have heard it, not this.
        return producer.send(
                command,
                one.hostPartition(),
                () -> repeats.computeIfPresent(said, (_, _) -> repeatAfter(FIRST_REPEAT_MILLIS)));
    }

    private void repeatDue() {
        List<OpenRow> open = database.read(tx -> tx.outbox().open(BATCH));
        Set<Said> present = open.stream().map(Said::of).collect(Collectors.toSet());
        // A row published between the query and here is not in `present`, but is due in the future: keep those.
        long now = System.nanoTime();
        repeats.entrySet()
                .removeIf(entry ->
                        !present.contains(entry.getKey()) && entry.getValue().dueNanos() - now < 0);
        List<String> due = new ArrayList<>();
        for (OpenRow row : open) {
            // Another gateway's, or from before a restart: its first repetition is ours when nobody was faster.
            Repeat repeat = repeats.computeIfAbsent(
                    Said.of(row), _ -> repeatAfter(Math.max(0, FIRST_REPEAT_MILLIS - row.ageMillis())));
            if (repeat.dueNanos() - now <= 0) {
                due.add(row.job());
            }
        }
        for (int from = 0; from < due.size(); from += SLICE) {
            List<String> slice = due.subList(from, Math.min(due.size(), from + SLICE));
            if (!database.read(tx -> tx.outbox().outgoing(slice)).stream().allMatch(this::repeat)) {
                // The broker is away: the others are due in the next sweep still.
                return;
            }
        }
    }

    private boolean repeat(Outgoing one) {
        Repeat last = repeats.getOrDefault(Said.of(one), repeatAfter(0));
        long next = Math.clamp(last.intervalMillis() * 2, FIRST_REPEAT_MILLIS, LONGEST_REPEAT_MILLIS);
        log.info(
                "command repeated vm={} job={} attempt={} state={} nextMillis={}",
                one.vm(),
                one.job(),
                one.attempt(),
                one.state(),
                next);
        repeats.put(Said.of(one), repeatAfter(next));
        return say(one);
    }

    private static Repeat repeatAfter(long millis) {
        return new Repeat(System.nanoTime() + Duration.ofMillis(millis).toNanos(), millis);
    }

    @Override
    public void close() {
        sweep.close();
    }
}
