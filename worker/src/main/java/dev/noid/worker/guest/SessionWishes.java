package dev.noid.worker.guest;

import dev.noid.schema.ExecId;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the host wants of the session itself: pings, execs to forget, the end. The outbox's lock guards all of it.
final class SessionWishes implements Outbox.Source {
    private static final int PINGS_MOST = 16;
    private static final int FORGETS_MOST = 16;

    private final Deque<Long> pings = new ArrayDeque<>();
    private final Map<Integer, ExecId> forgets = new HashMap<>();
    private final Deque<Integer> unsentForgets = new ArrayDeque<>();
    private @Nullable Duration shutdown;
    private boolean shutdownSent;

    /// False when earlier ones still wait: the guest does not read.
    boolean ping(long token) {
        return pings.size() < PINGS_MOST && pings.add(token);
    }

    /// True when it is time to send them: the agent's table takes 256 execs, and those that run may be 192.
    boolean forget(int channel, ExecId id) {
        forgets.put(channel, id);
        unsentForgets.add(channel);
        return unsentForgets.size() >= FORGETS_MOST;
    }

    /// True when the channel was one that waited for this.
    boolean forgotten(int channel) {
        return forgets.remove(channel) != null;
    }

    void shutdown(Duration grace) {
        shutdown = grace;
        shutdownSent = false;
    }

    /// A new session of the same guest.
    void again() {
        pings.clear();
        unsentForgets.clear();
        unsentForgets.addAll(forgets.keySet());
        shutdownSent = false;
    }

    /// Another guest: it has nothing to forget.
    void otherGuest() {
        forgets.clear();
    }

    @Override
    public byte @Nullable [] next(int session) {
        byte[] forgets = forgetFrames(session);
        if (forgets.length > 0) {
            return forgets;
        }
        Long token = pings.poll();
        if (token != null) {
            return FrameCodec.encode(
                    session, 0, FrameType.PING, new PayloadWriter().u64(token).done());
        }
        return shutdownFrame(session);
    }

    /// All of them and first, so that no EXEC that was wanted later gets between them, and a PONG tells that they were
    /// heard.
    private byte[] forgetFrames(int session) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (Integer channel = unsentForgets.poll(); channel != null; channel = unsentForgets.poll()) {
            ExecId id = forgets.get(channel);
            if (id != null) {
                byte[] payload = new PayloadWriter().string(id.toString()).done();
                frames.writeBytes(FrameCodec.encode(session, channel, FrameType.FORGET, payload));
            }
        }
        return frames.toByteArray();
    }

    /// Asked for also while the guest stands still: it thaws for that.
    byte @Nullable [] shutdownFrame(int session) {
        if (shutdown == null || shutdownSent) {
            return null;
        }
        shutdownSent = true;
        int grace = Math.clamp(shutdown.toMillis(), 0, Integer.MAX_VALUE);
        return FrameCodec.encode(
                session, 0, FrameType.SHUTDOWN, new PayloadWriter().u32(grace).done());
    }
}
