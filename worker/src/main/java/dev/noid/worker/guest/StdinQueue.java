package dev.noid.worker.guest;

import org.jspecify.annotations.Nullable;

/// stdin of one exec between "given by the caller" and "written to the process's pipe": what a reconnect has to send
/// again.
/// Holds at most [#ROOM] bytes. Not thread-safe; its owner's lock guards it.
final class StdinQueue {
    /// What the agent has room for, per exec; a grant beyond it is a lie and is cut.
    static final int ROOM = 1024 * 1024;

    static final int CHUNK = 32 * 1024;

    private byte[] ring = new byte[0];
    private boolean known;
    private long acknowledged;
    private long sent;
    private long end;
    private long granted;
    private long eof = -1;
    private boolean eofSent;
    private boolean closed;

    /// @param fresh the exec starts now, so that offset 0 is next; otherwise the agent has to say first where
    /// it stands
    StdinQueue(boolean fresh) {
        known = fresh;
        granted = fresh ? ROOM : 0;
    }

    /// Takes what continues the stream and fits; the rest is the caller's to offer again after an acknowledgement.
    void add(long offset, byte[] bytes) {
        // The offset is from outside: a negative one would take bytes from behind their beginning, or overflow.
        if (offset < 0 || offset > end || !known || closed || end - offset >= bytes.length) {
            return;
        }
        long from = end - offset;
        int count = (int) Math.min(bytes.length - from, acknowledged + ROOM - end);
        grow((int) (end - acknowledged) + count);
        for (int i = 0; i < count; i++) {
            ring[(int) ((end + i) & (ring.length - 1))] = bytes[(int) from + i];
        }
        end += count;
    }

    void endAt(long offset) {
        if (eof < 0) {
            eof = offset;
        }
    }

    /// What to send next, null when there is nothing or no grant for it.
    @Nullable
    Chunk next() {
        // As long: a guest may say that it has far more than it grants, and cut to an int that is any length.
        long count = closed ? 0 : Math.min(CHUNK, Math.min(end, granted) - sent);
        if (count <= 0) {
            return null;
        }
        byte[] bytes = new byte[(int) count];
        for (int i = 0; i < count; i++) {
            bytes[i] = ring[(int) ((sent + i) & (ring.length - 1))];
        }
        Chunk chunk = new Chunk(sent, bytes);
        sent += count;
        return chunk;
    }

    /// The stream's length, once, when everything before it was sent; -1 otherwise.
    long nextEof() {
        if (eofSent || closed || !known || eof < 0 || sent < eof) {
            return -1;
        }
        eofSent = true;
        return eof;
    }

    /// What the agent says of its side, cut to what can be true. An earlier session may have sent more than this one
    /// knows of.
    void acknowledge(long theirs, long grant, boolean closedByProcess) {
        if (!known || theirs > end) {
            known = true;
            acknowledged = theirs;
            end = theirs;
            sent = theirs;
        }
        acknowledged = Math.max(acknowledged, theirs);
        sent = Math.max(sent, acknowledged);
        granted = Math.max(granted, Math.min(grant, acknowledged + ROOM));
        closed |= closedByProcess;
    }

    /// A new session: everything that was not acknowledged is sent once more.
    void again() {
        sent = acknowledged;
        eofSent = false;
    }

    long acknowledged() {
        return acknowledged;
    }

    long granted() {
        return granted;
    }

    boolean closed() {
        return closed;
    }

    private void grow(int needed) {
        if (needed <= ring.length) {
            return;
        }
        int size = Math.max(4096, Integer.highestOneBit(needed - 1) << 1);
        byte[] bigger = new byte[size];
        for (long at = acknowledged; at < end; at++) {
            bigger[(int) (at & (size - 1))] = ring[(int) (at & (ring.length - 1))];
        }
        ring = bigger;
    }

    record Chunk(long offset, byte[] bytes) {}
}
