package dev.noid.worker.engine.qemu;

/// QEMU refused a command, or did not answer in time. Never leaves this package.
final class QmpFailure extends Exception {
    private static final long serialVersionUID = 1;

    QmpFailure(String what) {
        super(what, null, false, false);
    }
}
