package dev.noid.worker.engine;

import java.io.IOException;
import java.util.List;

/// How one engine runs one VM: the part that differs between engines.
public interface VmmPlan {
    VmHome home();

    Boot boot();

    /// Makes the run directory and all the VMM needs in it.
    void makeRunFiles() throws IOException;

    /// Removes whatever this generation left while running, its traces too. Called only when its lock is free.
    void removeRunFiles() throws IOException;

    /// What makes the command run as another user; may be empty.
    List<String> user();

    /// Run in the run directory, where it makes the agent's socket `a`.
    List<String> command();

    /// Watches the VMM beside its process; called when the socket is there.
    VmmEye eye();
}
