package dev.noid.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.standalone.process.ProcessId;
import dev.noid.standalone.process.ProcessTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// When a stack must not start it says why, and has started and changed nothing.
class StackRefusalTest {
    private final TestDirectory directory;
    private final Path data;

    StackRefusalTest() throws IOException {
        directory = TestDirectory.create();
        data = directory.path().resolve("data");
    }

    @AfterEach
    void remove() throws IOException {
        assertThat(ProcessTable.withArguments(Set.of("-Dnoid.stack=" + data))).isEmpty();
        directory.close();
    }

    @Test
    void aTakenPortIsNamedWithTheWayOut() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(Stack.open(data, new StackOptions(taken.getLocalPort(), Map.of())))
                    .isInstanceOfSatisfying(StackStart.Refused.class, refused -> {
                        assertThat(refused.what()).contains("port " + taken.getLocalPort());
                        assertThat(refused.hint()).contains("--port");
                    });
        }
        assertThat(data.resolve("postgres")).doesNotExist();
    }

    @Test
    void dataOfANewerNoidIsLeftAlone() throws IOException {
        Files.createDirectories(data);
        Files.writeString(data.resolve("version"), "99\n");
        assertThat(Stack.open(data, new StackOptions(0, Map.of())))
                .isInstanceOfSatisfying(StackStart.Refused.class, refused -> assertThat(refused.what())
                        .contains("newer Noid"));
        try (var files = Files.list(data)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void aDirectoryWithOtherFilesIsLeftAlone() throws IOException {
        Files.createDirectories(data);
        Files.writeString(data.resolve("thesis.txt"), "important");
        assertThat(Stack.open(data, new StackOptions(0, Map.of()))).isInstanceOf(StackStart.Refused.class);
        try (var files = Files.list(data)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void aDirectoryHasOneSupervisor() throws IOException {
        DataRoot root = DataRoot.create(data);
        try (SupervisorLock _ = SupervisorLock.take(root.lockFile()).orElseThrow()) {
            assertThat(Stack.open(data, new StackOptions(0, Map.of()))).isInstanceOf(StackStart.AlreadyRunning.class);
        }
    }

    @Test
    void leftoversAreFoundByTheirCommandLineAndStrangersAreNot() throws Exception {
        DataRoot root = DataRoot.create(data);
        DataRoot other = DataRoot.create(directory.path().resolve("other"));
        Process ours = lookalike(root);
        Process stranger = lookalike(other);
        try {
            assertThat(new Leftovers(root).stopJavaParts()).isTrue();
            assertThat(ours.waitFor(5, TimeUnit.SECONDS)).isTrue();
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            ours.destroyForcibly();
            stranger.destroyForcibly().waitFor();
        }
    }

    @Test
    void aVmIsEndedByItsLockAndNobodyElse() throws Exception {
        DataRoot root = DataRoot.create(data);
        Path lock = Files.createDirectories(root.vms().resolve("vm-1")).resolve("run-1.lock");
        Process vm = new ProcessBuilder(
                        "sh",
                        "-c",
                        "exec 9>\"$0\"; flock 9; trap '' TERM; echo held; while :; do sleep 0.1; done",
                        lock.toString())
                .start();
        Process stranger = new ProcessBuilder("sleep", "60").start();
        try {
            assertThat(vm.inputReader().readLine()).isEqualTo("held");
            assertThat(new Leftovers(root).endVms()).isPositive();
            assertThat(ProcessId.of(vm.pid())).isEmpty();
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            vm.destroyForcibly();
            stranger.destroyForcibly();
        }
    }

    /// A process with a part's marks on its command line.
    private static Process lookalike(DataRoot root) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "echo up; while :; do sleep 0.05; done", "part"));
        command.addAll(Leftovers.marks(root.path(), "worker"));
        Process process = new ProcessBuilder(command).start();
        process.inputReader().readLine();
        return process;
    }
}
