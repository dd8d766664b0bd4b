package dev.noid.worker;

/// Where a worker can be made to die, to show that nothing is left half. Named after what has just happened; the last
/// four of each kind are the [Moment]s every attempt passes; a fork is a create, and a flattening is no job.
public enum CrashPoint {
    CREATE_AFTER_DIRECTORY,
    CREATE_AFTER_DISK,
    /// The VMM runs, its agent has not answered yet.
    CREATE_AFTER_VMM_START,
    CREATE_AFTER_AGENT_HELLO,
    CREATE_AFTER_CLAIM,
    CREATE_BEFORE_ROW,
    CREATE_AFTER_ROW,
    CREATE_AFTER_EVENT,

    /// The agent was told to start the process.
    EXEC_AFTER_START,
    EXEC_AFTER_FIRST_OUTPUT,
    EXEC_BEFORE_FORGET,
    EXEC_AFTER_CLAIM,
    /// The process has ended and its output is safe.
    EXEC_BEFORE_ROW,
    EXEC_AFTER_ROW,
    EXEC_AFTER_EVENT,

    /// A new layer is on top of the disk, and nothing uses it.
    CHECKPOINT_AFTER_LAYER,
    /// The VM stands still.
    CHECKPOINT_AFTER_PAUSE,
    CHECKPOINT_AFTER_SAVE,
    CHECKPOINT_AFTER_RESUME,
    CHECKPOINT_AFTER_MANIFEST,
    CHECKPOINT_AFTER_RENAME,
    CHECKPOINT_AFTER_CLAIM,
    CHECKPOINT_BEFORE_ROW,
    CHECKPOINT_AFTER_ROW,
    CHECKPOINT_AFTER_EVENT,

    RESTORE_AFTER_LOAD,
    /// The new VMM is there beside the old one.
    RESTORE_AFTER_VMM_START,
    /// What ran is kept and durable.
    RESTORE_AFTER_KEEP,
    RESTORE_BEFORE_COMMIT,
    /// `vm.json` says the new generation; its guest is still frozen.
    RESTORE_AFTER_COMMIT,
    RESTORE_AFTER_KILL_OLD,
    RESTORE_AFTER_CLAIM,
    RESTORE_BEFORE_ROW,
    RESTORE_AFTER_ROW,
    RESTORE_AFTER_EVENT,

    FORK_AFTER_LOAD,
    FORK_AFTER_VMM_START,
    /// It is somebody of its own, and still frozen.
    FORK_AFTER_REINIT,
    FORK_AFTER_THAW,

    /// The layers of a disk are being copied into its top.
    FLATTEN_AFTER_BEGIN,
    /// A disk has fewer layers than `vm.json` says.
    FLATTEN_AFTER_COPY,
    /// `vm.json` says so too; the other layers are still there.
    FLATTEN_AFTER_RECORD,

    STOP_AFTER_SHUTDOWN_SENT,
    STOP_AFTER_CLAIM,
    /// The VMM has ended.
    STOP_BEFORE_ROW,
    STOP_AFTER_ROW,
    STOP_AFTER_EVENT,

    DESTROY_AFTER_KILL,
    DESTROY_AFTER_CLAIM,
    /// The files are gone.
    DESTROY_BEFORE_ROW,
    DESTROY_AFTER_ROW,
    DESTROY_AFTER_EVENT;

    /// The points that attempts of every kind share. After the row comes the event, after that `event_sent`.
    public enum Moment {
        AFTER_CLAIM,
        BEFORE_ROW,
        AFTER_ROW,
        AFTER_EVENT
    }
}
