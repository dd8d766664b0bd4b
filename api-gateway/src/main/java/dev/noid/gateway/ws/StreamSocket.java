package dev.noid.gateway.ws;

import dev.noid.gateway.limit.Quota;
import dev.noid.gateway.live.Endings;
import dev.noid.gateway.live.Follow;
import dev.noid.gateway.live.OutputReader;
import dev.noid.gateway.live.OutputSink;
import dev.noid.gateway.live.TooManyReaders;
import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.schema.Deadline;
import dev.noid.schema.Json;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.api.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.ObjectWriter;

/// One client watching one exec. Its thread reads output and sends it; messages of the client come on Jetty's
/// threads.
final class StreamSocket implements OutputSink {
    private static final Logger log = LoggerFactory.getLogger(StreamSocket.class);
    private static final int PAYLOAD_MOST = 64 << 10;
    /// As documented, and as the command line sends.
    static final int STDIN_MOST = 32 << 10;
    private static final int HEADER = 1 + Long.BYTES;
    private static final int NORMAL = 1000;
    private static final int POLICY = 1008;
    private static final int FAILED = 1011;
    static final int TRY_LATER = 1013;
    private static final ObjectWriter WRITER = Json.api().writerFor(OutputLine.class);

    private final Session session;
    private final StreamTarget target;
    private final OutputReader outputs;
    private final StdinSender stdin;
    private final SocketSignals signals;
    private final Quota.Place place;
    private final Heartbeat heartbeat;
    private final Outbox outbox;
    private final Thread reader;

    /// @param place given back when the socket is gone
    StreamSocket(
            Session session,
            StreamTarget target,
            OutputReader outputs,
            StdinSender stdin,
            SocketSignals signals,
            Quota.Place place) {
        this.session = session;
        this.target = target;
        this.outputs = outputs;
        this.stdin = stdin;
        this.signals = signals;
        this.place = place;
        this.heartbeat = new Heartbeat(session);
        this.outbox = new Outbox(session);
        this.reader = Thread.ofVirtual().name("stream-" + target.job().id()).unstarted(this::run);
    }

    void start() {
        reader.start();
    }

    private void run() {
        try {
            Follow wanted = new Follow(
                    target.token(),
                    target.stdoutFrom(),
                    target.stderrFrom(),
                    Long.MAX_VALUE,
                    true,
                    Deadline.after(Follow.LONGEST));
            OutputReader.Followed end = outputs.follow(target.tenant(), target.job(), wanted, this);
            if (end.whole()) {
                for (OutputLine last : Endings.of(end.row())) {
                    line(last);
                }
                close(NORMAL, "ended");
            } else {
                close(TRY_LATER, "watched for long enough: connect again from the last offsets");
            }
        } catch (IOException _) {
            log.debug("watcher is gone job={}", target.job().id());
            session.disconnect();
        } catch (InterruptedException _) {
            close(TRY_LATER, "the gateway stops: connect again from the last offsets");
        } catch (TooManyReaders e) {
            fail(e.problem());
        } catch (DatabaseUnavailable e) {
            fail(e.problem());
        } catch (RuntimeException e) {
            log.error("stream failed job={}", target.job().id(), e);
            close(FAILED, "Noid failed: connect again from the last offsets");
        }
    }

    @Override
    public void line(OutputLine line) throws IOException, InterruptedException {
        switch (line) {
            case OutputLine.Chunk chunk -> bytes(chunk);
            case OutputLine.InputAck ack -> {
                stdin.heard(ack);
                text(line);
            }
            case OutputLine.Gap _,
                    OutputLine.Restored _,
                    OutputLine.Ended _,
                    OutputLine.Log _,
                    OutputLine.LogEnded _,
                    OutputLine.Failed _ -> text(line);
        }
    }

    /// A client's message: a zero, the offset, the bytes.
    void received(ByteBuffer message) throws InterruptedException {
        if (message.remaining() < HEADER || message.get() != 0) {
            close(POLICY, "a binary message is a zero byte, 8 bytes of offset and stdin");
            return;
        }
        if (message.remaining() - Long.BYTES > STDIN_MOST) {
            close(POLICY, "a binary message has at most " + STDIN_MOST + " bytes of stdin");
            return;
        }
        long offset = message.getLong();
        byte[] bytes = new byte[message.remaining()];
        message.get(bytes);
        if (!stdin.send(offset, bytes, false, this::undelivered)) {
            refuse(stdin.next());
        }
    }

    void receivedEnd(long offset) throws InterruptedException {
        if (!stdin.send(offset, new byte[0], true, this::undelivered)) {
            refuse(stdin.next());
        }
    }

    /// A signal to be delivered behind those that wait.
    void receivedSignal(int number) {
        if (!signals.offer(number)) {
            refuse("signals come faster than they are delivered: send the next when the one before had its effect");
        }
    }

    void refuse(String reason) {
        close(POLICY, reason);
    }

    void databaseAway() {
        close(TRY_LATER, "the database is away: connect again and send from the last acknowledgement");
    }

    void gone() {
        place.close();
        signals.gone();
        outbox.gone();
        reader.interrupt();
    }

    /// Cuts a client that has said nothing for so long, not even a pong; what it held is free then.
    void cutWhenSilentFor(Duration span) {
        if (heartbeat.silentFor(span)) {
            log.info("watcher does not answer, cut job={}", target.job().id());
            session.disconnect();
            gone();
        }
    }

    private void undelivered() {
        close(FAILED, "stdin could not be delivered: connect again and send from the last acknowledgement");
    }

    private void bytes(OutputLine.Chunk chunk) throws IOException, InterruptedException {
        byte[] all = chunk.base64();
        for (int from = 0; from < all.length; from += PAYLOAD_MOST) {
            int length = Math.min(PAYLOAD_MOST, all.length - from);
            outbox.binary(ByteBuffer.allocate(HEADER + length)
                    .put((byte) chunk.stream().number())
                    .putLong(chunk.offset() + from)
                    .put(all, from, length)
                    .flip());
        }
    }

    private void text(OutputLine line) throws IOException, InterruptedException {
        outbox.text(WRITER.writeValueAsString(line));
    }

    private void fail(Problem problem) {
        try {
            text(new OutputLine.Failed(problem));
        } catch (IOException _) {
            log.debug("watcher is gone job={}", target.job().id());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        close(TRY_LATER, problem.code());
    }

    private void close(int code, String reason) {
        session.close(code, CloseReason.cut(reason), Callback.NOOP);
    }
}
