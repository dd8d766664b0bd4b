package dev.noid.bench.figure;

import java.io.IOException;

/// This Noid does not do what a figure measures.
public final class NotThereYet extends IOException {
    private static final long serialVersionUID = 1;

    NotThereYet(String why) {
        super(why);
    }
}
