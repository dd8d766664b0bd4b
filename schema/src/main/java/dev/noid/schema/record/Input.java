package dev.noid.schema.record;

import dev.noid.schema.ExecId;

/// A record on `noid.input`: stdin of a running exec, sent only as far as granted.
///
/// @param host   id of the host the exec runs on
/// @param offset of the first byte in stdin
/// @param eof    stdin ends after these bytes
public record Input(String host, ExecId exec, long offset, byte[] bytes, boolean eof) {
    public Input {
        Offsets.check("offset", offset);
    }
}
