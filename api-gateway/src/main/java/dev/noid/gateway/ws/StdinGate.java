package dev.noid.gateway.ws;

import dev.noid.schema.api.OutputLine;

/// How far a client may send stdin: as far as the guest has granted, and not beyond. The guest grants only room
/// it has, so one process that does not read blocks nobody.
final class StdinGate {
    enum Verdict {
        SEND,
        /// The process has closed its stdin, or everything of this is known to have arrived.
        DROP,
        REFUSE,
    }

    private long acknowledged;
    private long granted;
    private boolean closed;

    synchronized void heard(OutputLine.InputAck ack) {
        // Acknowledgements may come again, older ones too, after a worker's restart.
        acknowledged = Math.max(acknowledged, ack.acknowledged());
        granted = Math.max(granted, ack.granted());
        closed |= ack.closed();
    }

    /// About the bytes from `from` to `to`.
    synchronized Verdict check(long from, long to) {
        if (closed || (to > from && to <= acknowledged)) {
            return Verdict.DROP;
        }
        return from >= 0 && to <= granted ? Verdict.SEND : Verdict.REFUSE;
    }

    synchronized long granted() {
        return granted;
    }
}
