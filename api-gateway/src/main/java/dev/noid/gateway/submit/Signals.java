package dev.noid.gateway.submit;

import dev.noid.gateway.dispatch.Dispatcher;
import dev.noid.gateway.live.SignalAnswers;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.JobRow;
import dev.noid.schema.Deadline;
import dev.noid.schema.Ids;
import dev.noid.schema.api.SignalAnswer;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobState;
import dev.noid.schema.record.Command;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// `POST /jobs/{id}/signal`. A signal is no job: it is sent with an id and repeated until the worker has answered.
public final class Signals {
    private static final Duration REPEAT = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Database database;
    private final Dispatcher dispatcher;
    private final SignalAnswers answers;
    private final Ids ids;

    public Signals(Database database, Dispatcher dispatcher, SignalAnswers answers, Ids ids) {
        this.database = database;
        this.dispatcher = dispatcher;
        this.answers = answers;
        this.ids = ids;
    }

    private record Target(JobRow job, String host, int partition) {}

    /// @param number 1 to 64
    public SignalAnswer send(Asked asked, String id, int number) throws InterruptedException {
        Target target = database.read(tx -> {
            JobRow job = tx.jobs().find(asked.tenant(), id).orElseThrow(() -> Refused.noJob(id));
            refuseUnlessRunning(job);
            String host = job.host();
            if (host == null) {
                throw new IllegalStateException("running on no host: " + id);
            }
            return new Target(job, host, tx.hosts().commandPartition(host));
        });
        // A repeated key is the same signal: the worker delivers one id once.
        String signal = asked.key() == null
                ? ids.signal()
                : "signal-" + HexFormat.of().formatHex(asked.fingerprint(), 0, 8) + "-"
                        + HexFormat.of().toHexDigits(asked.key().hashCode());
        var command = new Command.SignalExec(
                target.host(), id, target.job().attempt(), target.job().vmId(), signal, number);
        return repeat(command, target.partition());
    }

    private SignalAnswer repeat(Command.SignalExec command, int partition) throws InterruptedException {
        var answer = answers.expect(command.signal());
        Deadline deadline = Deadline.after(PATIENCE);
        try {
            while (!deadline.passed()) {
                dispatcher.send(command, partition);
                try {
                    var said = answer.get(deadline.atMost(REPEAT).left().toMillis(), TimeUnit.MILLISECONDS);
                    return new SignalAnswer(command.signal(), said.delivered(), said.detail());
                } catch (TimeoutException _) {
                    // Said again.
                } catch (ExecutionException e) {
                    throw new IllegalStateException("an answer is never an exception", e);
                }
            }
        } finally {
            answers.forget(command.signal());
        }
        throw new Refused(
                504,
                "signal_unanswered",
                "No answer",
                "The worker has not answered within " + PATIENCE.toSeconds() + " s; the signal may or may not arrive.",
                "ask again, or end the job: noid job cancel " + command.job());
    }

    private static void refuseUnlessRunning(JobRow job) {
        if (job.spec().kind() != JobKind.EXEC) {
            throw Refused.conflict(
                    "not_an_exec",
                    "Not an exec",
                    "Only an exec can get a signal; this is a " + job.spec().kind() + ".",
                    null);
        }
        if (job.state() != JobState.RUNNING && job.state() != JobState.CANCELLING) {
            throw Refused.conflict(
                    "exec_not_running",
                    "Does not run",
                    "The exec is " + job.state() + ", so no process can get a signal.",
                    null);
        }
    }
}
