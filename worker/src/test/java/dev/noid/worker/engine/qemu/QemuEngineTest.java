package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineContractTest;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmSocket;
import dev.noid.worker.guest.GuestExit;
import dev.noid.worker.guest.HeardExec;
import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class QemuEngineTest extends EngineContractTest {
    @Override
    protected QemuKind kind() throws IOException {
        return QemuKind.on(data);
    }

    @Test
    void aVmmThatCannotStartIsQuoted() throws Exception {
        VmHome home = new VmHome("vm-bad", Files.createDirectories(data.resolve("vms/vm-bad")));
        Boot boot = new Boot("vm-bad", image(), new JobSpec.Shape(256, 1, 512), 1, List.of());
        Engine engine = engine();
        List<String> layers = ok(engine.prepare(home, boot, Deadline.after(Duration.ofSeconds(20))))
                .layers();
        Files.writeString(home.layers().resolve(layers.getLast()), "no disk at all");
        assertThat(engine.start(home, boot.withLayers(layers), Deadline.after(Duration.ofSeconds(20))))
                .isInstanceOfSatisfying(EngineResult.Failed.class, failed -> {
                    assertThat(failed.error().code()).isEqualTo("vmm_ended");
                    assertThat(failed.error().message()).contains("qcow2");
                });
        assertThat(home.run(1)).doesNotExist();
        assertThat(leftovers(home, 1)).noneMatch(Files::exists);
    }

    @Test
    void aDiskSmallerThanTheImageIsTheUsersMistake() throws Exception {
        VmHome home = new VmHome("vm-small", Files.createDirectories(data.resolve("vms/vm-small")));
        Boot boot = new Boot("vm-small", image(), new JobSpec.Shape(256, 1, 16), 1, List.of());
        assertThat(engine().prepare(home, boot, Deadline.after(Duration.ofSeconds(20))))
                .isInstanceOfSatisfying(EngineResult.Failed.class, failed -> {
                    assertThat(failed.error().fault()).isEqualTo(JobError.Fault.USER);
                    assertThat(failed.error().hint()).contains("64 MiB");
                });
    }

    /// Attack H3: strong inside, and walls outside.
    @Test
    void theVmmIsPartedFromTheRestOfTheHost() throws Exception {
        assumeTrue(kind().config().root(), "only root gives a VMM a user and namespaces of its own");
        assumeTrue(kind().config().walls().prefix().contains("unshare"), "this host lets nobody make namespaces");
        Path proc = Path.of("/proc", Long.toString(machine.pid()));
        for (String namespace : List.of("net", "mnt", "ipc", "uts")) {
            assertThat(Files.readSymbolicLink(proc.resolve("ns").resolve(namespace)))
                    .as(namespace)
                    .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns", namespace)));
        }
        assertThat(Files.readString(proc.resolve("status")))
                .contains("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2")
                .doesNotContain("Uid:\t0", "Gid:\t0");
        assertThat(Files.readString(proc.resolve("oom_score_adj"))).isEqualTo("500\n");
        assertThat(Files.readString(proc.resolve("limits")))
                .containsPattern("Max open files +1024 +1024")
                .containsPattern("Max processes +512 +512")
                .containsPattern("Max file size +" + ((2L * 512 + 256 + 1024) << 20))
                .containsPattern("Max core file size +0 +0");
    }

    /// Field case 29.
    @Test
    void theGuestFindsItselfByItsOwnName() throws Exception {
        HeardExec heard = run(machine, sh("ping -c1 -W2 $(hostname) && hostname -i; cat /etc/hostname"));
        assertThat(heard.stdout()).as(heard.stderr()).endsWith("127.0.1.1\nvm-shared\n");
    }

    /// Field case 19: what the kernel kills for memory says so, and what somebody else kills does not.
    @Test
    void anExecThatUsesUpTheMemorySaysSo() throws Exception {
        HeardExec leader = run(machine, sh("exec tail /dev/zero"));
        assertThat(leader.exit()).isInstanceOfSatisfying(GuestExit.Signalled.class, end -> {
            assertThat(end.signal()).isEqualTo(9);
            assertThat(end.why()).isEqualTo(GuestExit.Why.OUT_OF_MEMORY);
        });
        HeardExec child = run(machine, sh("tail /dev/zero; exit $?"));
        assertThat(child.exitCode()).isEqualTo(137);
        assertThat(child.exit().why()).isEqualTo(GuestExit.Why.OUT_OF_MEMORY);

        assertThat(run(machine, sh("kill -9 $$")).exit().why()).isEqualTo(GuestExit.Why.BY_ITSELF);
        assertThat(run(machine, sh("exit 137")).exit().why()).isEqualTo(GuestExit.Why.BY_ITSELF);
        assertThat(run(machine, sh("echo '<3>Out of memory: Killed process '$$' (sh)' >/dev/kmsg; kill -9 $$"))
                        .exit()
                        .why())
                .as("a program's own line is not the kernel's")
                .isEqualTo(GuestExit.Why.BY_ITSELF);
    }

    @Test
    void memoryOfVmsThatAreGoneIsSwept() throws Exception {
        Path memory =
                kind().config().memory().make(VmUser.of("left", kind().config().root()));
        Path gone = Files.createFile(memory.resolve("vm-gone.3"));
        kind().engine().sweep(java.util.Set.of("vm-shared"));
        assertThat(gone).doesNotExist();
        assertThat(memory.resolve("vm-shared.1")).exists();
    }

    /// Attack H2: a kernel panic was told as "the guest shut down".
    @Test
    void aKernelPanicIsNamedAlsoWhenNoWorkerWatchedIt() throws Exception {
        Machine first = started("vm-panic", 1);
        VmHome home = home("vm-panic");
        HeardExec heard = new HeardExec();
        heard.of(first.guest().start(next(), sh("echo c > /proc/sysrq-trigger"), heard));
        assertPanicked(first);
        assertNothingLeft(home, first);

        Machine second = started("vm-panic", 2);
        run(second, sh("(sleep 0.5; echo c > /proc/sysrq-trigger) & exit 0"));
        second.close();
        awaitShutDown(home.run(2).resolve("q"));
        Machine adopted = adopted("vm-panic", 2).orElseThrow();
        assertPanicked(adopted);
        assertNothingLeft(home, adopted);
    }

    private static void assertPanicked(Machine machine) throws Exception {
        Machine.Ended ended = machine.ended().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertThat(ended.orderly()).isFalse();
        assertThat(ended.reason()).startsWith("kernel_panic: ").contains("sysrq triggered crash", "CPU: 0");
    }

    private static void awaitShutDown(Path monitor) throws IOException {
        try (SocketChannel channel = VmmSocket.connect(monitor)) {
            QmpClient client = new QmpClient(channel, (_, _) -> {});
            Thread reader = Thread.ofVirtual().start(client::run);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> client.ask("query-status", Map.of(), Deadline.after(Duration.ofSeconds(5)))
                            .path("status")
                            .asString("")
                            .equals("shutdown"));
            client.close();
            reader.interrupt();
        }
    }
}
