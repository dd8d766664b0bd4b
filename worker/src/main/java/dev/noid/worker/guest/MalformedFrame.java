package dev.noid.worker.guest;

/// A payload that is not what its type says. Never leaves this package: the frame is counted and dropped.
final class MalformedFrame extends Exception {
    private static final long serialVersionUID = 1;

    MalformedFrame(String what) {
        super(what, null, false, false);
    }
}
