package dev.noid.cli.exec;

/// stdin that was read but not yet acknowledged, addressed by its offset in the whole stream. A ring that grows as the
/// grant allows, up to its bound.
final class HeldBytes {
    private final int bound;
    private byte[] ring = new byte[64 * 1024];
    private long start;
    private int length;

    HeldBytes(int bound) {
        this.bound = bound;
    }

    long start() {
        return start;
    }

    long end() {
        return start + length;
    }

    int room() {
        return bound - length;
    }

    void add(byte[] bytes, int count) {
        if (count > room()) {
            throw new IllegalArgumentException(count + " bytes do not fit into " + room());
        }
        grow(length + count);
        int at = (int) ((start + length) % ring.length);
        int first = Math.min(count, ring.length - at);
        System.arraycopy(bytes, 0, ring, at, first);
        System.arraycopy(bytes, first, ring, 0, count - first);
        length += count;
    }

    /// A copy of the bytes from `offset`, at most `count`.
    byte[] copy(long offset, int count) {
        if (offset < start || offset + count > end()) {
            throw new IllegalArgumentException("not held: " + offset + "+" + count);
        }
        byte[] copy = new byte[count];
        int at = (int) (offset % ring.length);
        int first = Math.min(count, ring.length - at);
        System.arraycopy(ring, at, copy, 0, first);
        System.arraycopy(ring, 0, copy, first, count - first);
        return copy;
    }

    /// Everything before `offset` has arrived.
    void dropTo(long offset) {
        if (offset > start) {
            int dropped = (int) Math.min(offset - start, length);
            start += dropped;
            length -= dropped;
        }
    }

    private void grow(int needed) {
        if (needed <= ring.length) {
            return;
        }
        byte[] bigger = new byte[Math.min(bound, Math.max(needed, ring.length * 2))];
        byte[] held = copy(start, length);
        int at = (int) (start % bigger.length);
        int first = Math.min(length, bigger.length - at);
        System.arraycopy(held, 0, bigger, at, first);
        System.arraycopy(held, first, bigger, 0, length - first);
        ring = bigger;
    }
}
