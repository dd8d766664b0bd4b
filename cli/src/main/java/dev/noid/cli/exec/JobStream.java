package dev.noid.cli.exec;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.cli.http.Answer;
import dev.noid.cli.http.Api;
import dev.noid.cli.http.Call;
import dev.noid.cli.http.Patience;
import dev.noid.cli.ws.ExecSocket;
import dev.noid.cli.ws.HandshakeRefused;
import dev.noid.schema.api.Problem;
import dev.noid.schema.record.Stream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Follows a job's stream to its end over as many connections as it takes: output from the last offset, stdin from the
/// last acknowledgement.
final class JobStream {
    /// A gateway that says "all was said" when it was not may have been overtaken; not time after time.
    private static final int SHORT_ENDINGS = 3;

    private final Api api;
    private final OutputCursor cursor;
    private final @Nullable InputFeed feed;
    private final Patience patience;

    /// @param feed null when the process gets no stdin from here
    JobStream(Api api, OutputCursor cursor, @Nullable InputFeed feed) {
        this.api = api;
        this.cursor = cursor;
        this.feed = feed;
        this.patience = api.patience();
    }

    /// The job as it ended, all of its output written. Throws a failure when the stream can't be followed to there.
    Ending.Over follow(String job) throws OutputCursor.BrokenPipe {
        int shortEndings = 0;
        while (true) {
            switch (connectOnce(job)) {
                case Ending.Over over -> {
                    if (over.job().exec() == null || cursor.complete(over.job().exec())) {
                        return over;
                    }
                    if (++shortEndings == SHORT_ENDINGS) {
                        throw new Failure(
                                ExitCode.NOID_FAILED, "the end of the output was not sent", "noid job output " + job);
                    }
                }
                case Ending.Refused refused -> throw api.failure(refused.problem());
                case Ending.BrokenPipe _ -> throw new OutputCursor.BrokenPipe(new IOException("stdout"));
                case Ending.Lost lost -> {
                    @Nullable IOException unread = feed == null ? null : feed.why();
                    if (unread != null) {
                        throw StreamFailure.unread(unread);
                    }
                    if (!patience.again()) {
                        throw new Failure(
                                ExitCode.NOID_FAILED,
                                "connection lost for good: " + lost.why(),
                                "the command may still run: noid job output " + job + " -f");
                    }
                }
            }
        }
    }

    private Ending connectOnce(String job) {
        int number = feed == null ? 0 : feed.connect();
        String path = "/jobs/" + job + "/stream?stdout=" + cursor.next(Stream.STDOUT) + "&stderr="
                + cursor.next(Stream.STDERR);
        try (ExecSocket socket =
                ExecSocket.open(api.server().resolve(path), api.server().token())) {
            if (feed != null) {
                Thread.ofVirtual().name("stdin-send").start(new InputSender(api, feed, number, socket));
            }
            Ending ending = new StreamReader(api, cursor, feed, number, patience::reset).read(socket);
            socket.leave();
            return ending;
        } catch (HandshakeRefused e) {
            return e.status() >= 500 || e.status() == 429
                    ? new Ending.Lost(String.valueOf(e.getMessage()))
                    : new Ending.Refused(why(job, e.status()));
        } catch (IOException e) {
            return new Ending.Lost(String.valueOf(e.getMessage()));
        } finally {
            if (feed != null) {
                feed.disconnect();
            }
        }
    }

    /// A refused handshake is a bare status. Whoever is refused the stream is refused the job for the same reason, and
    /// that answer has words.
    private Problem why(String job, int status) {
        return api.attempt(Call.get("/jobs/" + job)) instanceof Answer.Refused refused
                        && refused.problem().status() == status
                ? refused.problem()
                : api.problem(status, new byte[0]);
    }
}
