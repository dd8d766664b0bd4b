package dev.noid.worker.job;

import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.record.Event;
import dev.noid.worker.CrashPoint.Moment;
import dev.noid.worker.CrashPoints;
import dev.noid.worker.publish.EventPublisher;
import dev.noid.worker.publish.OutputOffsets;
import dev.noid.worker.store.AttemptRows;
import dev.noid.worker.store.Ended;
import dev.noid.worker.store.Ending;
import dev.noid.worker.store.Unfinished;
import dev.noid.worker.store.VmChange;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends attempts: the rows, then the event, then `event_sent`. Whatever dies between them, the next start goes on.
final class Outcomes {
    private static final Logger log = LoggerFactory.getLogger(Outcomes.class);
    /// Tries of a job that fails through its host's or the platform's fault.
    static final int TRIES = 3;

    private final AttemptRows rows;
    private final EventPublisher events;
    private final OutputOffsets offsets;
    private final CrashPoints crash;

    Outcomes(AttemptRows rows, EventPublisher events, OutputOffsets offsets, CrashPoints crash) {
        this.rows = rows;
        this.events = events;
        this.offsets = offsets;
        this.crash = crash;
    }

    /// Writes the rows, however long that takes. What is written is to be said next.
    Ended write(Ending ending) {
        crash.hit(ending.kind(), Moment.BEFORE_ROW);
        Ended written = rows.end(ending);
        crash.hit(ending.kind(), Moment.AFTER_ROW);
        return written;
    }

    /// Ends an attempt that nobody claimed.
    void refuse(Ending ending) {
        rows.refuse(ending, offsets.lowerBound(ending.partition()))
                .ifPresent(written -> say(ending, new Ended(written, null, null)));
    }

    /// It has ended, and perhaps nobody was told.
    void sayAgain(Unfinished work) {
        Outcome outcome = Objects.requireNonNull(work.outcome());
        say(Assignment.of(work).ending(outcome, null), new Ended(outcome, null, null));
    }

    /// Returns when the event is out; that it is, is written soon after.
    void say(Ending ending, Ended ended) {
        Outcome outcome = ended.outcome();
        log(ending, outcome);
        VmChange change = ending.change();
        if (change != null) {
            events.hint(
                    ending.partition(),
                    new Event.VmChanged(ending.vm(), ending.generationAfter(), change.observed(), change.reason()));
        }
        events.publish(
                        ending.partition(),
                        new Event.AttemptEnded(
                                ending.vm(),
                                ending.generation(),
                                ending.attempt().job(),
                                ending.attempt().attempt(),
                                outcome,
                                ended.startedAt(),
                                ended.endedAt()))
                .join();
        crash.hit(ending.kind(), Moment.AFTER_EVENT);
        rows.eventSent(ending.attempt());
    }

    private static void log(Ending ending, Outcome outcome) {
        log.info(
                "attempt ended kind={} vm={} job={} attempt={} state={} error={} timing={}",
                ending.kind(),
                ending.vm(),
                ending.attempt().job(),
                ending.attempt().attempt(),
                outcome.state(),
                Optional.ofNullable(outcome.error())
                        .map(error -> error.code() + " \"" + error.message() + "\"")
                        .orElse("none"),
                outcome.timing());
    }

    static Outcome cancelled(String code, String message) {
        return Outcome.ended(JobState.CANCELLED, JobError.user(code, message, null));
    }
}
