package dev.noid.gateway.live;

import dev.noid.schema.api.Problem;

/// As many people read output as this gateway's memory allows.
public final class TooManyReaders extends Exception {
    private static final long serialVersionUID = 1L;

    TooManyReaders(int most) {
        super("already " + most + " readers of output");
    }

    public Problem problem() {
        return Problem.of(
                429,
                "too_many_streams",
                "Too many streams",
                "This gateway serves as many streams as it can.",
                "try again in a few seconds, from the last offsets");
    }
}
