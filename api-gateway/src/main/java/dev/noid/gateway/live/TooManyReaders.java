package dev.noid.gateway.live;

/// As many people read output as this gateway's memory allows.
public final class TooManyReaders extends Exception {
    private static final long serialVersionUID = 1L;

    TooManyReaders(int most) {
        super("already " + most + " readers of output");
    }
}
