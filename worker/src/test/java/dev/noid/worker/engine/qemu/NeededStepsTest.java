package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.schema.Ids;
import dev.noid.schema.Json;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineFixture;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine.Saved;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmEye;
import dev.noid.worker.engine.VmmPlan;
import dev.noid.worker.engine.VmmProcesses;
import dev.noid.worker.guest.HeardExec;
import dev.noid.worker.guest.Identity;
import dev.noid.worker.host.SparseFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Two steps of a checkpoint that look as if one could do without: each check here passes with its step and fails
/// without it, so that neither can be dropped unseen.
@Timeout(180)
class NeededStepsTest extends EngineFixture {
    private static final Duration TIME = Duration.ofSeconds(30);
    private static final int STARTS = 60;
    private static final String PRINTER = "while :; do t=$EPOCHREALTIME; read -r random < /proc/sys/kernel/random/uuid;"
            + " read -r host < /proc/sys/kernel/hostname; read -r boot < /proc/sys/kernel/random/boot_id;"
            + " echo \"$t $random $host $boot\"; sleep 0.05; done > /srv/lines";

    private final VmmProcesses processes = new VmmProcesses(Clock.systemUTC());

    @Override
    protected QemuKind kind() throws IOException {
        return QemuKind.on(data);
    }

    private QemuHost host() throws IOException {
        SparseFiles sparse = new SparseFiles();
        return new QemuHost(
                kind().config(),
                Accelerator.TCG,
                new MemoryFiles(kind().config().memory(), sparse),
                new QemuLayers(kind().config(), sparse, new Ids(Clock.systemUTC())),
                sparse,
                new Checksums(sparse));
    }

    /// A VMM as the engine runs it, with nothing between its eye and us.
    private final class Bare implements VmmPlan {
        private final QemuPlan plan;
        private final boolean loads;
        private @Nullable VmmEye eye;

        Bare(Boot boot, String vm, boolean loads) throws Exception {
            this.plan = new QemuPlan(NeededStepsTest.this.home(vm), boot, host(), loads);
            this.loads = loads;
        }

        @Override
        public VmHome home() {
            return plan.home();
        }

        @Override
        public Boot boot() {
            return plan.boot();
        }

        @Override
        public void makeRunFiles() throws IOException {
            plan.makeRunFiles();
        }

        /// What was loaded lies there before the start, which would remove it.
        @Override
        public void removeRunFiles() throws IOException {
            if (!loads || eye != null) {
                plan.removeRunFiles();
            }
        }

        @Override
        public List<String> user() {
            return plan.user();
        }

        @Override
        public List<String> command() {
            return plan.command();
        }

        @Override
        public VmmPlan moved(VmHome to, Boot as) {
            return plan.moved(to, as);
        }

        @Override
        public VmmEye eye() {
            VmmEye opened = plan.eye();
            eye = opened;
            if (loads) {
                assertThat(opened.load(Deadline.after(TIME))).isEmpty();
            }
            return opened;
        }

        VmmEye opened() {
            return Objects.requireNonNull(eye);
        }
    }

    private record Source(Machine machine, Bare plan) {}

    private Source source(String vm) throws Exception {
        prepare(vm);
        Bare plan = new Bare(boot(vm, 1), vm, false);
        return new Source(ok(processes.start(plan, Deadline.after(START))), plan);
    }

    /// @param starts sent as the last thing before the VM stands still; with the quiesce they have to wait for its end
    private Path saved(Source source, boolean quiesced, Runnable starts) throws Exception {
        Engine engine = engine();
        String vm = source.machine.vm();
        Boot before = boot(vm, 1);
        Path directory = Files.createDirectories(data.resolve("checkpoints").resolve(vm));
        Boot next = before.withLayers(
                ok(engine.addLayer(home(vm), before, Deadline.after(TIME))).layers());
        if (quiesced) {
            assertThat(source.machine.guest().quiesce(TIME)).isTrue();
        }
        VmmEye eye = source.plan.opened();
        starts.run();
        assertThat(eye.halt(Deadline.after(TIME))).isEmpty();
        Saved files = ok(eye.save(directory, MemoryBase.none(), next, Deadline.after(TIME)));
        layers.put(vm, next.layers());
        assertThat(eye.go(Deadline.after(TIME))).isEmpty();
        if (quiesced) {
            source.machine.guest().thaw();
        }
        Saved sealed = ok(engine.seal(directory, files, Deadline.after(TIME)));
        Files.write(
                directory.resolve(SavedVm.FILE),
                Json.records()
                        .writeValueAsBytes(new SavedVm(
                                engine.fingerprint(before), sealed.files(), sealed.checksums(), before.layers())));
        return directory;
    }

    private Machine fork(String vm, Path saved, boolean reinit) throws Exception {
        Engine engine = engine();
        Boot boot = boot(vm, 1);
        // The engine would start a VMM of its own beside the load.
        EngineResult<Engine.Disk> disk = reinit
                ? engine.load(home(vm), boot, saved, Deadline.after(TIME))
                : new QemuPlacement(host(), home(vm), boot, _ -> {}).run(saved, Deadline.after(TIME));
        Boot loaded = boot.withLayers(ok(disk).layers());
        byte[] seed = new byte[64];
        new SecureRandom().nextBytes(seed);
        Identity identity = new Identity(
                vm, UUID.randomUUID().toString(), UUID.randomUUID().toString().replace("-", ""), true, seed);
        Machine machine = ok(
                reinit
                        ? engine.restore(home(vm), loaded, identity, Deadline.after(TIME))
                        : processes.start(new Bare(loaded, vm, true), Deadline.after(TIME)));
        machine.guest().thaw();
        return machine;
    }

    @Test
    void withoutTheReinitForksAreTwins() throws Exception {
        Source source = source("vm-twins");
        HeardExec printer = new HeardExec();
        printer.of(source.machine.guest().start(next(), sh(PRINTER), printer));
        await().until(() ->
                run(source.machine, sh("wc -l < /srv/lines")).stdout().strip().length() > 1);
        Path saved = saved(source, true, () -> {});
        source.machine.kill();

        assertNobodysTwins(firstLines(saved, "vm-own", true));
        assertThatThrownBy(() -> assertNobodysTwins(firstLines(saved, "vm-twin", false)))
                .isInstanceOf(AssertionError.class);
    }

    /// The first line after the thaw of each of two forks.
    private List<List<String>> firstLines(Path saved, String prefix, boolean reinit) throws Exception {
        List<List<String>> first = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            double before = System.currentTimeMillis() / 1e3;
            Machine fork = fork(prefix + i, saved, reinit);
            List<String> lines = new ArrayList<>();
            await().atMost(TIME).until(() -> {
                lines.clear();
                run(fork, sh("cat /srv/lines"))
                        .stdout()
                        .lines()
                        .filter(line -> Double.parseDouble(line.substring(0, line.indexOf(' '))) > before)
                        .forEach(lines::add);
                return lines.size() > 1;
            });
            fork.kill();
            first.add(List.of(lines.getFirst().split(" ", -1)).subList(1, 4));
        }
        return first;
    }

    private static void assertNobodysTwins(List<List<String>> forks) {
        for (int word = 0; word < 3; word++) {
            assertThat(forks.getFirst().get(word)).isNotEqualTo(forks.getLast().get(word));
        }
    }

    /// Starts are in flight when the VM is saved: who runs them then is the VM, and no fork of it.
    @Test
    void withoutTheQuiesceStartsInFlightRunInEveryForkAgain() throws Exception {
        assertThat(ranInTheFork("vm-quiet", true)).isZero();
        assertThat(ranInTheFork("vm-loud", false)).isPositive();
    }

    /// How many of them. Each writes the time it ran at: what the source did not write, the fork ran.
    private long ranInTheFork(String vm, boolean quiesced) throws Exception {
        Source source = source(vm);
        List<HeardExec> heard = new ArrayList<>();
        Path saved = saved(source, quiesced, () -> {
            for (int i = 0; i < STARTS; i++) {
                HeardExec one = new HeardExec();
                one.of(source.machine.guest().start(next(), sh("echo $EPOCHREALTIME >> /srv/ran"), one));
                heard.add(one);
            }
        });
        for (HeardExec one : heard) {
            assertThat(one.exitCode()).isZero();
        }
        List<String> inTheSource =
                run(source.machine, sh("cat /srv/ran")).stdout().lines().toList();
        assertThat(inTheSource).hasSize(STARTS);
        source.machine.kill();

        // Only a quiesced guest can be reinitialised: without the quiesce nobody would get this fork.
        Machine fork = fork(vm + "-fork", saved, quiesced);
        String ran = run(fork, sh("sleep 2; cat /srv/ran 2>/dev/null")).stdout();
        fork.kill();
        return ran.lines().filter(line -> !inTheSource.contains(line)).count();
    }
}
