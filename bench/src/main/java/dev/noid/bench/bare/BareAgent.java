package dev.noid.bench.bare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// The agent in a bare VM, spoken to directly: one request is written, its answer is read, by one thread.
public final class BareAgent implements AutoCloseable {
    private static final int HELLO = 0x01;
    private static final int EXEC = 0x02;
    private static final int STDIN = 0x04;
    private static final int STDIN_EOF = 0x05;
    private static final int OUTPUT_ACK = 0x07;
    private static final int FORGET = 0x08;
    private static final int SHUTDOWN = 0x0b;
    private static final int HELLO_OK = 0x81;
    private static final int STARTED = 0x82;
    private static final int OUTPUT = 0x83;
    private static final int STDIN_ACK = 0x84;
    private static final int EXITED = 0x85;
    private static final int REFUSED = 0x87;

    private static final Duration HELLO_AGAIN = Duration.ofMillis(500);
    private static final int ACK_EVERY = 128 * 1024;
    private static final int STDIN_FRAME = 32 * 1024;

    private final AgentWire wire;
    private final int session = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
    private volatile boolean greeted;
    private int lastChannel;

    private BareAgent(AgentWire wire) {
        this.wire = wire;
    }

    /// What an exec says.
    public interface Listener {
        /// Bytes of stdout, valid during the call.
        void output(ByteBuffer bytes);
    }

    /// Connects as soon as there is a socket, and returns when the agent has answered.
    public static BareAgent connect(Path socket, long generation, Duration patience) throws IOException {
        BareAgent agent = new BareAgent(new AgentWire(Sockets.connect(socket, patience)));
        // The answer comes when the guest has booted; until then the socket only takes what fits.
        Thread greeter = Thread.ofVirtual().start(() -> agent.greet(generation));
        try {
            AgentWire.Frame frame = agent.wire.read();
            while (frame.type() != HELLO_OK || frame.session() != agent.session) {
                frame = agent.wire.read();
            }
            agent.greeted = true;
            return agent;
        } finally {
            greeter.interrupt();
        }
    }

    private void greet(long generation) {
        try {
            while (!greeted) {
                Instant now = Instant.now();
                long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
                wire.writePreamble();
                wire.write(
                        session,
                        0,
                        HELLO,
                        new Payload()
                                .u16(1)
                                .u64(generation)
                                .u64(nanos)
                                .string("")
                                .done());
                Thread.sleep(HELLO_AGAIN);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException _) {
            // The reader has met it too.
            return;
        }
    }

    /// Runs to its end; the exit code must be 0.
    public void exec(List<String> argv) throws IOException {
        exec(argv, _ -> {});
    }

    public void exec(List<String> argv, Listener listener) throws IOException {
        run(begin(argv, false), listener, 0);
    }

    /// Runs a program that reads this many bytes.
    public void feed(List<String> argv, long bytes) throws IOException {
        run(begin(argv, true), _ -> {}, bytes);
    }

    /// Starts something that nobody waits for.
    public void background(List<String> argv) throws IOException {
        begin(argv, false);
    }

    private int begin(List<String> argv, boolean stdin) throws IOException {
        int number = ++lastChannel;
        Payload exec = new Payload().u64(0).u32(1000).u8(stdin ? 1 : 0).string(id(number));
        wire.write(
                session,
                number,
                EXEC,
                exec.strings(argv).strings(List.of()).string("").string("").done());
        return number;
    }

    private String id(int number) {
        return "bench-" + session + "-" + number;
    }

    private void run(int number, Listener listener, long stdinBytes) throws IOException {
        long acknowledged = 0;
        long sent = 0;
        while (true) {
            AgentWire.Frame frame = wire.read();
            ByteBuffer in = frame.payload();
            if (frame.channel() != number || frame.session() != session) {
                continue;
            }
            switch (frame.type()) {
                case OUTPUT -> {
                    int stream = in.get();
                    long offset = in.getLong() + in.remaining();
                    listener.output(in);
                    if (offset - acknowledged >= ACK_EVERY) {
                        acknowledged = offset;
                        wire.write(
                                session,
                                number,
                                OUTPUT_ACK,
                                new Payload().u8(stream).u64(offset).done());
                    }
                }
                case STARTED -> sent = send(number, sent, in.getLong(12), stdinBytes);
                case STDIN_ACK -> sent = send(number, sent, in.getLong(8), stdinBytes);
                case EXITED -> {
                    int how = in.get();
                    int code = in.getInt();
                    if (how != 1 || code != 0) {
                        throw new IOException("the command in the bare VM ended otherwise: " + how + ", " + code);
                    }
                    wire.write(
                            session,
                            ++lastChannel,
                            FORGET,
                            new Payload().string(id(number)).done());
                    return;
                }
                case REFUSED -> throw new IOException("the agent in the bare VM refuses: " + in.get());
                default -> {}
            }
        }
    }

    private long send(int number, long sent, long granted, long most) throws IOException {
        long next = sent;
        while (next < Math.min(granted, most)) {
            int count = (int) Math.min(STDIN_FRAME, Math.min(granted, most) - next);
            Payload payload = new Payload().u64(next).bytes(new byte[STDIN_FRAME], 0, count);
            wire.write(session, number, STDIN, payload.done());
            next += count;
        }
        if (next == most && sent < most) {
            wire.write(session, number, STDIN_EOF, new Payload().u64(most).done());
        }
        return next;
    }

    /// Asks the guest to end.
    public void shutdown(Duration grace) throws IOException {
        wire.write(
                session, 0, SHUTDOWN, new Payload().u32((int) grace.toMillis()).done());
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
