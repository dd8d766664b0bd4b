package dev.noid.bench.stack;

import java.io.IOException;

/// The API said no, or the job did not succeed.
public final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    private final int status;

    Refused(int status, String what) {
        super(what);
        this.status = status;
    }

    /// There is no such path: a thing that this Noid does not have.
    public boolean unknownPath() {
        return status == 404 || status == 405;
    }
}
