package dev.noid.worker.guest;

import dev.noid.schema.record.Stream;
import java.time.Duration;

/// One exec, seen from the host. All calls return at once: what can't be sent now is sent after the reconnect, or is
/// moot.
public interface GuestExec {
    /// stdin from this offset; the caller stays below what was granted.
    void stdin(long offset, byte[] bytes);

    /// stdin ends at this offset.
    void stdinEof(long offset);

    /// To the process group; answered by [ExecListener#signalled].
    void signal(int number);

    /// TERM to the group, after the grace KILL to everything the exec started.
    void kill(Duration grace);

    /// Everything before this offset is safe elsewhere; the agent frees the room.
    void acknowledge(Stream stream, long offset);
}
