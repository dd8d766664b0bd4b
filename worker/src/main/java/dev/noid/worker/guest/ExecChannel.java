package dev.noid.worker.guest;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.record.Stream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One exec of this session: what the caller wants of it (sent by the [Outbox]), and what the agent said of it so far.
final class ExecChannel implements GuestExec, Outbox.Source {
    private static final int SIGNALS_MOST = 64;
    /// So much of the agent's ring is given back at once; a ring has 64 KiB at least.
    private static final int ROOM_WANTED = 16 << 10;
    private static final int CANCELLED = 1;

    private enum Phase {
        /// EXEC or ATTACH is to be sent.
        TO_OPEN,
        /// It was sent in this session and nothing was heard yet.
        OPENING,
        OPEN,
        ENDED,
        /// Not this session's any more: nothing is sent, whatever the caller wants.
        LEFT
    }

    final ExecId id;
    final int number;
    final ExecListener listener;
    private final Outbox outbox;
    private final StdinQueue stdin;
    private final Deque<Integer> signals = new ArrayDeque<>();
    private final long[] acknowledged = {-1, -1};
    private final long[] told = {-1, -1};

    /// Output before this offset was heard; -1 until the agent has said where an exec of an earlier session stands.
    private final long[] heard = {-1, -1};

    private Phase phase = Phase.TO_OPEN;
    private final boolean pipe;
    private @Nullable ExecRequest request;
    /// EXEC went out, in this session or an earlier one: the agent may know it.
    private boolean sent;

    private boolean started;
    private long killGrace = -1;
    private boolean killSent;

    private ExecChannel(
            ExecId id,
            int number,
            ExecListener listener,
            Outbox outbox,
            StdinQueue stdin,
            boolean pipe,
            @Nullable ExecRequest request) {
        this.id = id;
        this.number = number;
        this.listener = listener;
        this.outbox = outbox;
        this.stdin = stdin;
        this.pipe = pipe;
        this.request = request;
    }

    /// @param fresh the agent does not know it yet, so everything begins at 0
    static ExecChannel starting(
            ExecId id, JobSpec.Exec spec, boolean fresh, int number, ExecListener listener, Outbox outbox) {
        byte[] first = spec.stdin() == null ? new byte[0] : spec.stdin();
        boolean pipe = spec.stdinOpen() || first.length > 0;
        StdinQueue stdin = new StdinQueue(true);
        stdin.add(0, first);
        if (pipe && !spec.stdinOpen()) {
            stdin.endAt(first.length);
        }
        ExecChannel channel =
                new ExecChannel(id, number, listener, outbox, stdin, pipe, ExecRequest.of(id, spec, pipe));
        Arrays.fill(channel.heard, fresh ? 0 : -1);
        return channel;
    }

    static ExecChannel attaching(ExecId id, int number, ExecListener listener, Outbox outbox) {
        return new ExecChannel(id, number, listener, outbox, new StdinQueue(false), true, null);
    }

    /// Why an agent of this protocol can't be asked for it; empty when it can.
    Optional<String> problem(int protocol) {
        return request == null ? Optional.empty() : request.problem(protocol);
    }

    /// No agent has ever heard of it.
    boolean unheardOf() {
        return !sent && request != null;
    }

    // What the caller wants.

    @Override
    public void stdin(long offset, byte[] bytes) {
        change(() -> stdin.add(offset, bytes));
    }

    @Override
    public void stdinEof(long offset) {
        change(() -> stdin.endAt(offset));
    }

    @Override
    public void signal(int signal) {
        change(() -> {
            // Only a guest that does not read lets them pile up, and it would not act on them either.
            if (signals.size() < SIGNALS_MOST) {
                signals.add(signal);
            }
        });
    }

    @Override
    public void kill(Duration grace) {
        change(() -> {
            killGrace = Math.clamp(grace.toMillis(), 0, Integer.MAX_VALUE);
            killSent = false;
        });
    }

    @Override
    public void acknowledge(Stream stream, long offset) {
        outbox.lock.lock();
        try {
            int i = index(stream);
            acknowledged[i] = Math.max(acknowledged[i], offset);
            if (acknowledged[i] - told[i] >= ROOM_WANTED) {
                outbox.wants(this);
            } else {
                outbox.wantsSoon(this);
            }
        } finally {
            outbox.lock.unlock();
        }
    }

    private void change(Runnable change) {
        outbox.lock.lock();
        try {
            change.run();
            outbox.wants(this);
        } finally {
            outbox.lock.unlock();
        }
    }

    // What goes out, with the outbox's lock held.

    @Override
    public byte @Nullable [] next(int session) {
        if (phase == Phase.LEFT) {
            return null;
        }
        if (phase == Phase.TO_OPEN) {
            phase = Phase.OPENING;
            sent = true;
            return request == null
                    ? frame(session, FrameType.ATTACH, new PayloadWriter().string(id.toString()))
                    : request.frames(session, number);
        }
        byte[] control = phase == Phase.ENDED ? null : control(session);
        if (control != null) {
            return control;
        }
        for (Stream stream : Stream.values()) {
            int i = index(stream);
            if (acknowledged[i] > told[i]) {
                told[i] = acknowledged[i];
                return frame(
                        session,
                        FrameType.OUTPUT_ACK,
                        new PayloadWriter().u8(stream.number()).u64(told[i]));
            }
        }
        return phase == Phase.ENDED ? null : input(session);
    }

    private byte @Nullable [] control(int session) {
        Integer signal = signals.poll();
        if (signal != null) {
            return frame(session, FrameType.SIGNAL, new PayloadWriter().u32(signal));
        }
        if (killGrace >= 0 && !killSent) {
            killSent = true;
            return frame(
                    session,
                    FrameType.KILL,
                    new PayloadWriter().u32((int) killGrace).u8(CANCELLED));
        }
        return null;
    }

    private byte @Nullable [] input(int session) {
        if (!pipe) {
            return null;
        }
        StdinQueue.Chunk chunk = stdin.next();
        if (chunk != null) {
            PayloadWriter payload = new PayloadWriter().u64(chunk.offset());
            return frame(session, FrameType.STDIN, payload.bytes(chunk.bytes(), 0, chunk.bytes().length));
        }
        long eof = stdin.nextEof();
        return eof < 0 ? null : frame(session, FrameType.STDIN_EOF, new PayloadWriter().u64(eof));
    }

    private byte[] frame(int session, int type, PayloadWriter payload) {
        return FrameCodec.encode(session, number, type, payload.done());
    }

    /// A new session of the same guest: open it once more, and say again whatever was not answered.
    void reopen() {
        if (!open()) {
            return;
        }
        phase = Phase.TO_OPEN;
        told[0] = told[1] = -1;
        killSent = false;
        stdin.again();
        outbox.wants(this);
    }

    // What the agent said. The listener is called without any lock.

    /// False when the frame makes no sense here and was ignored.
    boolean heard(AgentFrame frame) {
        if (!open()) {
            return false;
        }
        switch (frame) {
            case AgentFrame.Started(long pid, long theirs, long granted) -> {
                boolean first = !started;
                opened();
                if (first) {
                    listener.started(pid);
                }
                // An exec without stdin has nothing to grant, and most execs have none: one call, and record, less for
                // each.
                if (pipe) {
                    input(theirs, granted, false);
                }
            }
            case AgentFrame.Output(Stream stream, long offset, byte[] bytes) -> {
                return output(stream, offset, bytes);
            }
            case AgentFrame.StdinAck(long theirs, long granted, boolean closed) -> input(theirs, granted, closed);
            case AgentFrame.Exited(GuestExit exit) -> {
                end();
                listener.ended(believable(exit));
            }
            case AgentFrame.Signalled(int signal, int errno) -> listener.signalled(signal, errno);
            case AgentFrame.Refused(ExecListener.Refusal why, String detail) -> {
                return refused(why, detail);
            }
            case AgentFrame.HelloOk _,
                    AgentFrame.Pong _,
                    AgentFrame.Forgotten _,
                    AgentFrame.NotDone _,
                    AgentFrame.Quiesced _,
                    AgentFrame.Thawed _,
                    AgentFrame.ReinitOk _,
                    AgentFrame.Log _ -> {
                return false;
            }
        }
        return true;
    }

    private void opened() {
        outbox.lock.lock();
        try {
            if (phase == Phase.LEFT) {
                return;
            }
            phase = Phase.OPEN;
            started = true;
            request = null;
        } finally {
            outbox.lock.unlock();
        }
    }

    boolean open() {
        return phase != Phase.ENDED && phase != Phase.LEFT;
    }

    /// The agent does not know it any more, and the caller is to hear nothing of it.
    void leave() {
        outbox.lock.lock();
        try {
            phase = Phase.LEFT;
            request = null;
            outbox.noLonger(this);
        } finally {
            outbox.lock.unlock();
        }
    }

    void end() {
        outbox.lock.lock();
        try {
            if (phase == Phase.LEFT) {
                return;
            }
            phase = Phase.ENDED;
            request = null;
        } finally {
            outbox.lock.unlock();
        }
    }

    private void input(long theirs, long grant, boolean closedByProcess) {
        long written;
        long granted;
        boolean closed;
        outbox.lock.lock();
        try {
            stdin.acknowledge(theirs, grant, closedByProcess);
            written = stdin.acknowledged();
            granted = stdin.granted();
            closed = stdin.closed();
            outbox.wants(this);
        } finally {
            outbox.lock.unlock();
        }
        listener.inputAcknowledged(written, granted, closed);
    }

    /// Output has no holes: a frame that leaves one out is a lie and never reaches the listener. Repeats do; offsets
    /// tell.
    private boolean output(Stream stream, long offset, byte[] bytes) {
        int i = index(stream);
        if (heard[i] >= 0 && offset > heard[i]) {
            return false;
        }
        heard[i] = Math.max(heard[i], offset + bytes.length);
        listener.output(stream, offset, bytes);
        return true;
    }

    /// Who waits for as many bytes as the exit tells must not wait for bytes that never came.
    private GuestExit believable(GuestExit exit) {
        long stdout = heard[0] >= 0 ? heard[0] : exit.stdoutBytes();
        long stderr = heard[1] >= 0 ? heard[1] : exit.stderrBytes();
        return switch (exit) {
            case GuestExit.Exited e -> new GuestExit.Exited(e.code(), e.why(), stdout, stderr, e.runTime());
            case GuestExit.Signalled e -> new GuestExit.Signalled(e.signal(), e.why(), stdout, stderr, e.runTime());
            case GuestExit.NotStarted e -> e;
        };
    }

    private boolean refused(ExecListener.Refusal why, String detail) {
        if (phase != Phase.OPENING) {
            return false;
        }
        boolean lost = started && why == ExecListener.Refusal.UNKNOWN_EXEC;
        end();
        if (lost) {
            // It ran in this very guest and the agent denies it: whatever it was, nothing more will be heard.
            listener.gone();
        } else {
            listener.refused(why, detail);
        }
        return true;
    }

    private static int index(Stream stream) {
        return stream.number() - 1;
    }
}
