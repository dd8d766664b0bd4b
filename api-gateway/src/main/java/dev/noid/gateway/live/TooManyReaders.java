package dev.noid.gateway.live;

import dev.noid.gateway.limit.Limits;
import dev.noid.schema.api.Problem;

/// As many people read output as this gateway's memory allows, or as one token may.
public final class TooManyReaders extends Exception {
    private static final long serialVersionUID = 1L;

    private final String detail;

    TooManyReaders(Limits.Share most) {
        super("too many readers of output");
        this.detail = "This gateway serves " + most.all() + " readers of output at once, and " + most.perToken()
                + " of one token.";
    }

    public Problem problem() {
        return Problem.of(
                429,
                "too_many_streams",
                "Too many streams",
                detail,
                "try again in a few seconds, from the last offsets");
    }
}
