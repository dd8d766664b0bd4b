package dev.noid.schema.record;

import dev.noid.schema.ExecId;

/// A record on `noid.output`. Chunks may come twice (after a worker's restart); offsets tell.
public sealed interface Output {
    ExecId exec();

    /// What stands in the place of an exec for a VM's log: what processes write that belong to no job any more, because
    /// they ran in the VM when it was saved.
    static ExecId log(String vm, long generation) {
        return new ExecId(vm, Math.toIntExact(generation));
    }

    /// @param offset of the first byte in the stream
    record Chunk(ExecId exec, Stream stream, long offset, byte[] bytes) implements Output {
        public Chunk {
            Offsets.check("offset", offset);
        }
    }

    /// Bytes that can't be had any more, said instead of silence.
    record Gap(ExecId exec, Stream stream, long from, long to) implements Output {
        public Gap {
            Offsets.check("from", from);
            Offsets.check("to", to);
        }
    }

    /// @param acknowledged bytes of stdin written to the process's pipe
    /// @param granted      stdin may be sent up to this offset
    /// @param closed       the process closed its end: nothing more is needed
    record InputAck(ExecId exec, long acknowledged, long granted, boolean closed) implements Output {
        public InputAck {
            Offsets.check("acknowledged", acknowledged);
            Offsets.check("granted", granted);
        }
    }
}
