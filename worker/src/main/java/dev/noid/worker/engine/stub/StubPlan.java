package dev.noid.worker.engine.stub;

import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.RunFiles;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmEye;
import dev.noid.worker.engine.VmmPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The agent itself as the "VMM", with a directory as its disk and a file as its memory: `run-{generation}/mem`, which
/// what runs in it finds as `mem` in its directory.
///
/// @param restored it goes on with what was loaded for it
record StubPlan(VmHome home, Boot boot, Path agent, boolean restored) implements VmmPlan {
    static final String MEMORY = "mem";

    Path disk() {
        return home.layers().resolve(StubEngine.layer(boot));
    }

    Path memory() {
        return home.run(boot.generation()).resolve(MEMORY);
    }

    @Override
    public void makeRunFiles() throws IOException {
        Files.createDirectories(home.run(boot.generation()));
        Files.createDirectories(disk());
        if (!Files.exists(memory())) {
            Files.createFile(memory());
        }
        Path link = disk().resolve(MEMORY);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(
                link, Path.of("..", "..").resolve(home.directory().relativize(memory())));
    }

    @Override
    public void removeRunFiles() throws IOException {
        RunFiles.remove(home, boot.generation());
    }

    @Override
    public List<String> user() {
        return List.of();
    }

    @Override
    public List<String> command() {
        // Relative to the run directory: a home may move.
        String root = "../layers/" + StubEngine.layer(boot);
        List<String> command = new ArrayList<>(List.of(agent.toString(), "--listen", "a", "--root", root));
        if (restored) {
            command.add("--quiesced");
        }
        return command;
    }

    @Override
    public StubPlan moved(VmHome to, Boot as) {
        return new StubPlan(to, as, agent, false);
    }

    @Override
    public VmmEye eye() {
        return new StubEye(this);
    }
}
