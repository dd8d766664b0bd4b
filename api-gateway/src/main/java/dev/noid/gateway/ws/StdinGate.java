package dev.noid.gateway.ws;

import dev.noid.schema.api.OutputLine;

/// How far a client may send stdin: as far as the guest has granted, and not beyond. The guest grants only room
/// it has, so one process that does not read blocks nobody.
final class StdinGate {
    enum Verdict {
        SEND,
        /// The process has closed its stdin, or everything of this has arrived or was sent over this connection.
        DROP,
        REFUSE,
    }

    private long acknowledged;
    private long granted;
    private long sent;
    private boolean ended;
    private boolean closed;

    synchronized void heard(OutputLine.InputAck ack) {
        // Acknowledgements may come again, older ones too, after a worker's restart.
        acknowledged = Math.max(acknowledged, ack.acknowledged());
        granted = Math.max(granted, ack.granted());
        closed |= ack.closed();
    }

    /// About `length` bytes at `from`, both as the client says; what may be sent counts as sent.
    synchronized Verdict check(long from, int length, boolean eof) {
        if (closed) {
            return Verdict.DROP;
        }
        // Not by the sum of both, which may be beyond a long.
        if (from < 0 || from > granted || length > granted - from) {
            return Verdict.REFUSE;
        }
        long to = from + length;
        if (eof ? ended : to <= Math.max(acknowledged, sent)) {
            return Verdict.DROP;
        }
        // The same bytes again with one more behind them would make a grant of 1 MiB gigabytes on the broker's disk.
        if (!eof && from < sent) {
            return Verdict.REFUSE;
        }
        sent = Math.max(sent, to);
        ended |= eof;
        return Verdict.SEND;
    }

    /// For people.
    synchronized String next() {
        return "stdin goes on at " + Math.max(sent, acknowledged) + " and is granted as far as " + granted;
    }
}
