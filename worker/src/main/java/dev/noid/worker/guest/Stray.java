package dev.noid.worker.guest;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Stream;

/// Listens to an exec that nobody waits for any more: takes its output, so that a full pipe keeps it from nothing, and
/// lets the agent forget it when it has ended.
record Stray(ExecId id, ExecChannels execs) implements ExecListener {
    @Override
    public void started(long pid) {
        // It is being killed.
    }

    @Override
    public void output(Stream stream, long offset, byte[] bytes) {
        execs.acknowledge(id, stream, offset + bytes.length);
    }

    @Override
    public void inputAcknowledged(long acknowledged, long granted, boolean closed) {
        // Nobody writes to it.
    }

    @Override
    public void signalled(int number, int errno) {
        // Nobody asked.
    }

    @Override
    public void ended(GuestExit exit) {
        execs.forget(id);
    }

    @Override
    public void refused(Refusal why, String detail) {
        execs.drop(id);
    }

    @Override
    public void gone() {
        // The other guest has nothing of it.
    }
}
