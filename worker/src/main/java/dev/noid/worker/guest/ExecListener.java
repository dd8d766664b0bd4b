package dev.noid.worker.guest;

import dev.noid.schema.record.Stream;

/// Hears about one exec, on the session's reader thread: [#output] and [#inputAcknowledged] may block for a while
/// (backpressure of the whole VM), nothing else may.
public interface ExecListener {
    void started(long pid);

    /// May repeat bytes that were heard before (after a reconnect); offsets tell.
    void output(Stream stream, long offset, byte[] bytes);

    void inputAcknowledged(long acknowledged, long granted, boolean closed);

    /// @param errno 0 when delivered
    void signalled(int number, int errno);

    /// After every byte of output has been heard.
    void ended(GuestExit exit);

    void refused(Refusal why, String detail);

    /// The guest came back with another boot id: this exec is gone and nothing more will be heard.
    void gone();

    enum Refusal {
        TABLE_FULL,
        UNKNOWN_EXEC,
        BAD_REQUEST,
        CHANNEL_IN_USE,
        SHUTTING_DOWN
    }
}
