package dev.noid.worker.engine;

import dev.noid.worker.guest.AgentChannel;
import dev.noid.worker.host.DetachedProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// How one engine runs one VM: the part that differs between engines.
public interface VmmPlan {
    VmHome home();

    Boot boot();

    default DetachedProcess.Traces traces() {
        long generation = boot().generation();
        return new DetachedProcess.Traces(home().lock(generation), home().log(generation), home().pid(generation));
    }

    /// The agent's socket.
    default Path socket() {
        return home().run(boot().generation()).resolve("a");
    }

    default AgentChannel agentChannel() {
        Path socket = socket();
        return () -> VmmSocket.connect(socket);
    }

    /// Makes the run directory and all the VMM needs in it.
    void makeRunFiles() throws IOException;

    /// Removes whatever this generation left while running, its traces too. Called only when its lock is free.
    void removeRunFiles() throws IOException;

    /// What the place that holds the VM's memory lacks now, as a sentence; empty when it has room.
    default Optional<String> shortage() {
        return Optional.empty();
    }

    /// What makes the command run as another user; may be empty.
    List<String> user();

    /// Run in the run directory, where it makes the agent's socket `a`.
    List<String> command();

    /// That of the same VMM, whose home is elsewhere now.
    VmmPlan moved(VmHome to, Boot as);

    /// Watches the VMM beside its process; called when the socket is there.
    VmmEye eye();
}
