package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.record.Stream;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.GuestFiles;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.guest.Guest;
import dev.noid.worker.guest.HeardExec;
import dev.noid.worker.guest.Identity;
import dev.noid.worker.host.FileTree;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// What REINIT changes in a real kernel and root filesystem, without a restore around it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(90)
class QemuReinitTest {
    private static final Duration WITHIN = Duration.ofSeconds(10);
    private static final String MACHINE_ID = "00112233445566778899aabbccddeeff";

    private final AtomicInteger execs = new AtomicInteger();

    @SuppressWarnings("NullAway.Init") // by JUnit, before the tests
    private Path data;

    @SuppressWarnings("NullAway.Init") // likewise
    private Machine machine;

    @BeforeAll
    void boot() throws Exception {
        data = Files.createTempDirectory("noid-reinit-");
        VmHome home = new VmHome("vm-reinit", Files.createDirectories(data.resolve("vms/vm-reinit")));
        Engine engine = new QemuEngine(QemuConfig.of(data, Path.of("/dev/shm")), Accelerator.TCG, Clock.systemUTC());
        Boot boot = new Boot("vm-reinit", GuestFiles.image(), new JobSpec.Shape(256, 1, 512), 1, List.of());
        Deadline deadline = Deadline.after(Duration.ofSeconds(60));
        Engine.Disk disk = ok(engine.prepare(home, boot, deadline));
        machine = ok(engine.start(home, boot.withLayers(disk.layers()), deadline));
    }

    private static <T> T ok(EngineResult<T> result) {
        assertThat(result).isInstanceOf(EngineResult.Ok.class);
        return ((EngineResult.Ok<T>) result).value();
    }

    @AfterAll
    void stop() throws Exception {
        machine.stop(Duration.ofSeconds(5));
        FileTree.remove(data);
    }

    private HeardExec start(String script) {
        HeardExec heard = new HeardExec();
        JobSpec.Exec spec = new JobSpec.Exec(
                List.of("/bin/sh", "-c", script), Map.of(), null, null, null, false, 0, 1000, 1 << 20, false);
        heard.of(machine.guest().start(new ExecId("job-reinit", execs.incrementAndGet()), spec, heard));
        return heard;
    }

    private String run(String script) throws Exception {
        HeardExec heard = start(script);
        assertThat(heard.exitCode()).as(script + ": " + heard.stderr()).isZero();
        return heard.stdout().strip();
    }

    private static Identity identity(String hostname, boolean fork) {
        byte[] seed = new byte[64];
        new SecureRandom().nextBytes(seed);
        return new Identity(hostname, UUID.randomUUID().toString(), MACHINE_ID, fork, seed);
    }

    @Test
    void theNextThingAProcessSeesIsAnotherMachine() throws Exception {
        Guest guest = machine.guest();
        String kernels = guest.bootId();
        run("printf '#!/bin/sh\\necho $@ > /etc/ssh/made\\n' > /usr/bin/ssh-keygen; chmod +x /usr/bin/ssh-keygen");
        run(
                "hostname before; echo before > /etc/hostname; echo '127.0.1.1 before before.local notbefore' >> /etc/hosts;"
                        + " mkdir -p /etc/ssh; touch /etc/ssh/ssh_host_rsa_key /etc/ssh/sshd_config");
        HeardExec loop = start("while :; do echo \"$(hostname) $(cat /proc/sys/kernel/random/boot_id)\"; done");
        await().until(() -> loop.stdout().lines().count() > 3);
        Map<ExecId, String> log = new ConcurrentHashMap<>();
        guest.onLog((exec, stream, bytes) -> {
            if (stream == Stream.STDOUT) {
                log.merge(exec, new String(bytes, StandardCharsets.UTF_8), String::concat);
            }
        });

        assertThat(guest.quiesce(WITHIN)).isTrue();
        Identity other = identity("other", true);
        assertThat(guest.reinit(other, WITHIN)).isTrue();
        int then = loop.stdoutBytes().length;
        guest.thaw();

        String mine = "other " + other.bootId();
        await().until(() ->
                log.getOrDefault(new ExecId("job-reinit", execs.get()), "").contains(mine));
        assertThat(loop.stdoutBytes()).hasSize(then);
        assertThat(run("hostname; cat /etc/hostname")).isEqualTo("other\nother");
        assertThat(run("cat /etc/hosts")).contains("127.0.1.1 other before.local notbefore");
        assertThat(run("cat /etc/machine-id")).isEqualTo(MACHINE_ID);
        assertThat(run("cat /proc/sys/kernel/random/boot_id")).isEqualTo(other.bootId());
        assertThat(run("until [ -s /etc/ssh/made ]; do :; done; cat /etc/ssh/made; ls /etc/ssh"))
                .isEqualTo("-A\nmade\nsshd_config");
        assertThat(other.bootId()).isNotEqualTo(kernels);
        long seconds = Long.parseLong(run("date +%s"));
        assertThat(seconds).isBetween(System.currentTimeMillis() / 1000 - 2, System.currentTimeMillis() / 1000 + 2);

        Identity again = identity("again", false);
        run("rm /etc/hosts"); // Field case 29: a guest finds itself whatever its image or its people left of that.
        assertThat(guest.quiesce(WITHIN)).isTrue();
        assertThat(guest.reinit(again, WITHIN)).isTrue();
        guest.thaw();
        assertThat(run("cat /proc/sys/kernel/random/boot_id")).isEqualTo(again.bootId());
        assertThat(run("grep -c boot_id /proc/mounts")).isEqualTo("1");
        assertThat(run("ls -A /run")).isEmpty();
        assertThat(run("cat /etc/hosts; hostname -i")).isEqualTo("127.0.0.1\tlocalhost\n127.0.1.1\tagain\n127.0.1.1");
    }

    @Test
    void theClockOfOneThatFellBehindIsRightAfterTheThaw() throws Exception {
        assertThat(run("date -s 2001-01-01 >/dev/null; date +%Y")).isEqualTo("2001");
        assertThat(machine.guest().quiesce(WITHIN)).isTrue();
        machine.guest().thaw();
        long seconds = Long.parseLong(run("date +%s"));
        assertThat(seconds).isBetween(System.currentTimeMillis() / 1000 - 2, System.currentTimeMillis() / 1000 + 2);
    }

    @Test
    void aBusyProcessDoesNotNotice() throws Exception {
        HeardExec busy = start("i=0; while :; do i=$((i+1)); echo $i; done");
        await().until(() -> !busy.stdout().isEmpty());
        Guest guest = machine.guest();
        for (int i = 0; i < 10; i++) {
            assertThat(guest.quiesce(WITHIN)).isTrue();
            int then = busy.stdoutBytes().length;
            guest.thaw();
            await().until(() -> busy.stdoutBytes().length > then);
        }
        List<String> lines = busy.stdout().lines().toList();
        for (int i = 0; i < lines.size() - 1; i++) {
            assertThat(lines.get(i)).isEqualTo(String.valueOf(i + 1));
        }
    }

    /// As a container engine does, and as anybody with root may.
    @Test
    void whoMovedToAnotherGroupStandsStillToo() throws Exception {
        String loop =
                "echo 0 > /sys/fs/cgroup/%s/cgroup.procs; while read -r up rest < /proc/uptime; do echo $up; done";
        run("mkdir -p /sys/fs/cgroup/docker/one");
        List<HeardExec> moved = List.of(
                start(loop.formatted(".")), start(loop.formatted("docker")), start(loop.formatted("docker/one")));
        for (HeardExec each : moved) {
            await().until(() -> each.stdout().lines().count() > 3);
        }
        assertThat(machine.guest().quiesce(WITHIN)).isTrue();
        await().during(Duration.ofMillis(700)).until(() -> machine.guest().frozen());
        machine.guest().thaw();
        for (HeardExec each : moved) {
            int then = each.stdoutBytes().length;
            await().until(() -> each.stdoutBytes().length > then + 200);
            assertThat(longestGap(each.stdout())).isGreaterThan(0.6);
        }
        assertThat(run("cat /sys/fs/cgroup/docker/cgroup.freeze")).isEqualTo("0");
    }

    private static double longestGap(String seconds) {
        List<Double> times = seconds.substring(0, seconds.lastIndexOf('\n'))
                .lines()
                .map(Double::valueOf)
                .toList();
        double longest = 0;
        for (int i = 1; i < times.size(); i++) {
            longest = Math.max(longest, times.get(i) - times.get(i - 1));
        }
        return longest;
    }
}
