package dev.noid.worker.guest;

import dev.noid.schema.Deadline;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What waits to be sent, as the wishes of its sources instead of a queue of frames: newer acknowledgements replace
/// older ones, a
/// lost channel loses nothing, and a guest that does not read costs no more than what its sources hold. Sources take
/// turns.
final class Outbox {
    private static final int BATCH = 64 * 1024;
    private static final Duration SOON = Duration.ofMillis(20);

    /// Asked with [#lock] held.
    interface Source {
        /// The next frame to send, null when there is none now.
        byte @Nullable [] next(int session);
    }

    final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final LinkedHashSet<Source> ready = new LinkedHashSet<>();
    private final LinkedHashSet<Source> soon = new LinkedHashSet<>();
    private Deadline soonOver = Deadline.after(Duration.ZERO);
    private @Nullable Source only;
    private int served;

    /// Call with [#lock] held.
    void wants(Source source) {
        ready.add(source);
        changed.signalAll();
    }

    /// For what nobody waits for: it goes out with what is sent next, or alone after [#SOON]. Waking a
    /// guest costs both sides more than the frame. Call with [#lock] held.
    void wantsSoon(Source source) {
        if (soon.isEmpty()) {
            soonOver = Deadline.after(SOON);
            changed.signalAll();
        }
        soon.add(source);
    }

    /// Until [#all], nobody else is asked; what went out before went out before.
    void only(Source source) {
        only = source;
        changed.signalAll();
    }

    void all() {
        only = null;
        changed.signalAll();
    }

    void noLonger(Source source) {
        ready.remove(source);
        soon.remove(source);
    }

    /// From now on [#take] serves this session and no earlier one.
    void serve(int session) {
        lock.lock();
        try {
            served = session;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Ends a session's service; a later session's goes on.
    void end(int session) {
        lock.lock();
        try {
            if (served == session) {
                served = 0;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Waits for something to send and returns as much of it as makes a good write; null when this session's time is
    /// over.
    byte @Nullable [] take(int session) throws InterruptedException {
        lock.lock();
        try {
            while (served == session) {
                if (!ready.isEmpty() || soonOver.passed()) {
                    ready.addAll(soon);
                    soon.clear();
                }
                byte[] batch = batch(session);
                if (batch.length > 0) {
                    return batch;
                }
                if (soon.isEmpty()) {
                    changed.await();
                } else {
                    var _ = changed.awaitNanos(soonOver.left().toNanos());
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private byte[] batch(int session) {
        ByteArrayOutputStream batch = new ByteArrayOutputStream(256);
        Source alone = only;
        byte[] first = alone == null ? null : alone.next(session);
        while (first != null) {
            batch.writeBytes(first);
            alone = only;
            first = alone == null ? null : alone.next(session);
        }
        if (alone != null) {
            return batch.toByteArray();
        }
        while (!ready.isEmpty() && batch.size() < BATCH) {
            Source source = ready.removeFirst();
            byte[] frame = source.next(session);
            if (frame != null) {
                batch.writeBytes(frame);
                ready.addLast(source);
            }
        }
        return batch.toByteArray();
    }
}
