package dev.noid.schema.record;

/// Places in streams, as records tell them.
final class Offsets {
    /// No honest one comes near it, and neither a record's length nor a grant beyond it overflows. A guest's word is
    /// taken up to 2^61.
    private static final long MOST = Long.MAX_VALUE - (1L << 32);

    private Offsets() {}

    static void check(String name, long offset) {
        if (offset < 0 || offset > MOST) {
            throw new IllegalArgumentException(name + " " + offset + " is no place in a stream");
        }
    }
}
