package dev.noid.worker.engine.stub;

import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.RunFiles;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmEye;
import dev.noid.worker.engine.VmmPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The agent itself as the "VMM", with a directory as its disk.
record StubPlan(VmHome home, Boot boot, Path agent) implements VmmPlan {
    static Path disk(VmHome home) {
        return home.layers().resolve("root");
    }

    @Override
    public void makeRunFiles() throws IOException {
        Files.createDirectories(home.run(boot.generation()));
        Files.createDirectories(disk(home));
    }

    @Override
    public void removeRunFiles() throws IOException {
        RunFiles.removeAll(home);
    }

    @Override
    public List<String> user() {
        return List.of();
    }

    @Override
    public List<String> command() {
        return List.of(agent.toString(), "--listen", "a", "--root", disk(home).toString());
    }

    @Override
    public VmmEye eye() {
        return VmmEye.blind();
    }
}
