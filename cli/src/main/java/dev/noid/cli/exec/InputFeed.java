package dev.noid.cli.exec;

import dev.noid.cli.print.SystemError;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// stdin on its way up: read no further than the process granted, sent to each connection from the last
/// acknowledgement, let go once acknowledged.
public final class InputFeed {
    /// Largest payload of one message.
    static final int PIECE = 32 * 1024;
    /// Read ahead of the first grant, so that it can be used at once.
    private static final int AHEAD = 64 * 1024;
    private static final int MOST_HELD = 1024 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final HeldBytes held = new HeldBytes(MOST_HELD);
    private boolean ended;
    private @Nullable IOException broken;
    private boolean closed;
    private int connection;
    /// What the present connection may send; each one starts without a grant and hears it again.
    private long granted;
    private boolean heard;
    private long mostGranted;

    /// What a connection is to send next.
    sealed interface Piece {
        record Bytes(long offset, byte[] bytes) implements Piece {}

        record End(long offset) implements Piece {}

        /// What is to come can't be read: an end would be a lie, so that the connection is to break.
        record Broken() implements Piece {}

        /// This connection sends nothing more.
        record Nothing() implements Piece {}
    }

    /// Starts to read. A daemon thread of its own, because a read of stdin can't be interrupted.
    public void read(InputStream in) {
        Thread.ofPlatform().daemon().name("stdin").start(() -> {
            byte[] buffer = new byte[PIECE];
            try {
                for (int room = roomToRead(); room > 0; room = roomToRead()) {
                    int count = in.read(buffer, 0, Math.min(room, buffer.length));
                    if (count < 0) {
                        break;
                    }
                    add(buffer, count);
                }
                end();
            } catch (IOException e) {
                if (SystemError.badDescriptor(e)) {
                    end(); // no stdin at all, as after `<&-` and with nohup
                } else {
                    broken(e);
                }
            }
        });
    }

    /// Waits for room; 0 when nobody reads any more.
    private int roomToRead() {
        lock.lock();
        try {
            while (!closed && room() <= 0) {
                changed.awaitUninterruptibly();
            }
            return closed ? 0 : room();
        } finally {
            lock.unlock();
        }
    }

    private int room() {
        long allowed = Math.max(mostGranted, held.start() + AHEAD) - held.end();
        return (int) Math.min(allowed, held.room());
    }

    private void add(byte[] buffer, int count) {
        lock.lock();
        try {
            held.add(buffer, count);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void broken(IOException why) {
        lock.lock();
        try {
            broken = why;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Why what the process still wants can't be read; null as long as nothing is missing.
    @Nullable
    IOException why() {
        lock.lock();
        try {
            return closed ? null : broken;
        } finally {
            lock.unlock();
        }
    }

    /// A new connection; earlier ones get nothing more. Returns its number.
    int connect() {
        lock.lock();
        try {
            granted = 0;
            heard = false;
            connection++;
            changed.signalAll();
            return connection;
        } finally {
            lock.unlock();
        }
    }

    /// Where a connection begins to send.
    long start() {
        lock.lock();
        try {
            return held.start();
        } finally {
            lock.unlock();
        }
    }

    void acknowledged(int number, long upTo, long grantedTo, boolean noMore) {
        lock.lock();
        try {
            held.dropTo(upTo);
            mostGranted = Math.max(mostGranted, grantedTo);
            if (number == connection) {
                granted = Math.max(granted, grantedTo);
                heard = true;
            }
            closed |= noMore;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits for what is to be sent after `sent`.
    Piece next(int number, long sent) {
        lock.lock();
        try {
            while (number == connection && !closed) {
                if (broken != null) {
                    return new Piece.Broken();
                }
                // Acknowledged beyond what this connection sent: an earlier one's bytes did arrive.
                long from = Math.max(sent, held.start());
                long to = Math.min(held.end(), granted);
                if (to > from) {
                    return new Piece.Bytes(from, held.copy(from, (int) Math.min(PIECE, to - from)));
                }
                // Without a first word from the other side it can't be known that anybody listens.
                if (ended && heard && from == held.end()) {
                    return new Piece.End(from);
                }
                changed.awaitUninterruptibly();
            }
            return new Piece.Nothing();
        } finally {
            lock.unlock();
        }
    }

    void disconnect() {
        connect();
    }
}
