package dev.noid.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.guest.ExecListener;
import dev.noid.worker.guest.Guest;
import dev.noid.worker.guest.GuestExec;
import dev.noid.worker.guest.GuestExit;
import dev.noid.worker.guest.HeardExec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// What every engine promises. One VM serves all tests that leave it as it was; whoever ends one makes its own.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
public abstract class EngineContractTest extends EngineFixture {
    @SuppressWarnings("NullAway.Init") // by JUnit, before each test
    protected Machine machine;

    @BeforeAll
    void startTheSharedVm() throws Exception {
        machine = started("vm-shared", 1);
    }

    @AfterAll
    void stopTheSharedVm() throws Exception {
        machine.stop(Duration.ofSeconds(5));
        assertNothingLeft(home("vm-shared"), machine);
    }

    private HeardExec run(JobSpec.Exec spec) throws Exception {
        return run(machine, spec);
    }

    @Test
    void runsACommandAndTellsItsOutputAndExitCode() throws Exception {
        HeardExec heard = run(sh("echo out; echo err >&2; exit 7"));
        assertThat(heard.exitCode()).isEqualTo(7);
        assertThat(heard.stdout()).isEqualTo("out\n");
        assertThat(heard.stderr()).isEqualTo("err\n");
        assertThat(heard.exit().stdoutBytes()).isEqualTo(4);
        assertThat(heard.exit().why()).isEqualTo(GuestExit.Why.BY_ITSELF);
    }

    @Test
    void givesTheCommandItsEnvironmentAndDirectory() throws Exception {
        HeardExec heard = run(exec(
                List.of("/bin/sh", "-c", "echo \"$GREETING\"; pwd"),
                Map.of("GREETING", "grüß dich = 'x'"),
                "/usr/bin",
                null,
                null,
                false,
                0,
                1000));
        assertThat(heard.stdout()).isEqualTo("grüß dich = 'x'\n/usr/bin\n");
    }

    /// Field case 12: a guest takes what the API promises, and says what no Linux takes.
    @Test
    void takesAsMuchOfArgumentsAndEnvironmentAsTheApiPromises() throws Exception {
        HeardExec one = run(sh(": " + "x".repeat(66_000) + "; echo whole"));
        assertThat(one.stdout()).isEqualTo("whole\n");

        List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c", "echo $#; echo ${#1}; env | wc -l", "sh"));
        argv.add("x".repeat((128 << 10) - 1));
        while (argv.size() < 4_096) {
            argv.add("y".repeat(10));
        }
        Map<String, String> env = new HashMap<>();
        while (env.size() < 4_096) {
            env.put("NAME_" + env.size(), "value-" + "z".repeat(10));
        }
        HeardExec most = run(exec(argv, env, "/", "0:0", null, false, 0, 1000));
        assertThat(most.exit()).as("%s", most.stderr()).isInstanceOf(GuestExit.Exited.class);
        // PWD and the like are the shell's and the agent's own.
        assertThat(most.stdout().lines().limit(2)).containsExactly("4092", Integer.toString((128 << 10) - 1));
        assertThat(Integer.parseInt(most.stdout().lines().toList().get(2).strip()))
                .isBetween(4_096, 4_110);

        HeardExec longer =
                run(exec(List.of("/bin/true", "x".repeat(128 << 10)), Map.of(), null, null, null, false, 0, 1000));
        assertThat(longer.exit()).isEqualTo(new GuestExit.NotStarted(GuestExit.Stage.EXEC, 7));
    }

    @Test
    void runsTheCommandAsTheUserAskedFor() throws Exception {
        HeardExec heard = run(exec(List.of("id", "-u"), Map.of(), "/", "12345:54321", null, false, 0, 1000));
        assertThat(heard.stdout()).isEqualTo("12345\n");
    }

    @Test
    void tellsAProgramThatIsNotThereFromOneThatFailed() throws Exception {
        HeardExec heard = run(exec(List.of("/no/such/program"), Map.of(), null, null, null, false, 0, 1000));
        assertThat(heard.exit()).isEqualTo(new GuestExit.NotStarted(GuestExit.Stage.EXEC, 2));
    }

    @Test
    void returnsStdinUnchangedThroughAPipe() throws Exception {
        byte[] bytes = new byte[1 << 20];
        new Random(3).nextBytes(bytes);
        HeardExec heard = new HeardExec();
        ExecId id = next();
        byte[] first = Arrays.copyOf(bytes, 50_000);
        GuestExec exec =
                machine.guest().start(id, exec(List.of("cat"), Map.of(), null, null, first, true, 0, 1000), heard);
        heard.of(exec);
        long sent = first.length;
        while (sent < bytes.length) {
            long from = sent;
            await().pollInterval(Duration.ofMillis(1)).until(() -> heard.granted() > from);
            sent = Math.min(bytes.length, heard.granted());
            exec.stdin(from, Arrays.copyOfRange(bytes, (int) from, (int) sent));
        }
        exec.stdinEof(bytes.length);
        assertThat(heard.exitCode()).isZero();
        assertThat(heard.stdoutBytes()).isEqualTo(bytes);
        machine.guest().forget(id);
    }

    @Test
    void endsStdinByItselfWhenNoMoreIsToFollow() throws Exception {
        byte[] all = "all of it".getBytes(StandardCharsets.UTF_8);
        HeardExec heard = run(exec(List.of("cat"), Map.of(), null, null, all, false, 0, 1000));
        assertThat(heard.stdout()).isEqualTo("all of it");
    }

    @Test
    void deliversASignalAndAnswersForIt() throws Exception {
        HeardExec heard = new HeardExec();
        ExecId id = next();
        GuestExec exec = machine.guest()
                .start(id, sh("trap 'echo caught; exit 3' USR1; echo ready; while :; do sleep 0.1; done"), heard);
        heard.of(exec);
        await().until(() -> heard.stdout().contains("ready"));
        exec.signal(10);
        assertThat(heard.exitCode()).isEqualTo(3);
        assertThat(heard.stdout()).isEqualTo("ready\ncaught\n");
        assertThat(heard.signalled).containsExactly("10:0");
        machine.guest().forget(id);
    }

    @Test
    void killsAfterTheGraceWhatIgnoresTerm() throws Exception {
        HeardExec heard = new HeardExec();
        ExecId id = next();
        GuestExec exec = machine.guest().start(id, sh("trap '' TERM; echo ready; while :; do sleep 0.1; done"), heard);
        heard.of(exec);
        await().until(() -> heard.stdout().contains("ready"));
        exec.kill(Duration.ofMillis(300));
        assertThat(heard.exit()).isInstanceOfSatisfying(GuestExit.Signalled.class, signalled -> {
            assertThat(signalled.signal()).isEqualTo(9);
            assertThat(signalled.why()).isEqualTo(GuestExit.Why.KILLED);
        });
        machine.guest().forget(id);
    }

    @Test
    void endsACommandAtItsTimeout() throws Exception {
        HeardExec heard = run(exec(List.of("sleep", "60"), Map.of(), null, null, null, false, 300, 1000));
        assertThat(heard.exit().why()).isEqualTo(GuestExit.Why.TIMEOUT);
        assertThat(heard.exit().runTime()).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void runsTwoCommandsAtOnce() throws Exception {
        HeardExec first = new HeardExec();
        HeardExec second = new HeardExec();
        Guest guest = machine.guest();
        ExecId firstId = next();
        ExecId secondId = next();
        GuestExec one = guest.start(firstId, exec(List.of("cat"), Map.of(), null, null, null, true, 0, 1000), first);
        first.of(one);
        second.of(guest.start(secondId, sh("echo second"), second));
        assertThat(second.exitCode()).isZero();
        assertThat(first.ended).isNotDone();
        one.stdin(0, "first".getBytes(StandardCharsets.UTF_8));
        one.stdinEof(5);
        assertThat(first.exitCode()).isZero();
        assertThat(first.stdout()).isEqualTo("first");
        guest.forget(firstId);
        guest.forget(secondId);
    }

    @Test
    void neverRunsAnExecTwiceAndForgetsItWhenTold() throws Exception {
        ExecId id = next();
        HeardExec first = new HeardExec();
        first.of(machine.guest().start(id, sh("echo $$"), first));
        assertThat(first.exitCode()).isZero();
        HeardExec again = new HeardExec();
        machine.guest().start(id, sh("echo another"), again);
        assertThat(again.exitCode()).isZero();
        assertThat(again.stdout()).doesNotContain("another");
        machine.guest().forget(id);
        assertThat(machine.guest().ping(Duration.ofSeconds(5))).isTrue();
        HeardExec attached = new HeardExec();
        machine.guest().attach(id, attached);
        assertThat(attached.refused.get(10, TimeUnit.SECONDS)).startsWith(ExecListener.Refusal.UNKNOWN_EXEC.name());
    }

    @Test
    void isAdoptedByALaterWorkerWithWhatRunsInIt() throws Exception {
        ExecId id = next();
        HeardExec before = new HeardExec();
        before.of(machine.guest()
                .start(
                        id,
                        sh("i=0; while [ $i -lt 40 ]; do echo line $i; i=$((i+1)); sleep 0.05; done; exit 5"),
                        before));
        await().until(() -> before.stdout().contains("line 5\n"));
        long pid = machine.pid();
        String boot = machine.guest().bootId();
        machine.close();
        Optional<Machine> adopted = adopted("vm-shared", 1);
        assertThat(adopted).isPresent();
        machine = adopted.get();
        assertThat(machine.pid()).isEqualTo(pid);
        assertThat(machine.guest().bootId()).isEqualTo(boot);
        assertThat(machine.guest().known()).contains(id);
        HeardExec after = new HeardExec().after(before);
        after.of(machine.guest().attach(id, after));
        assertThat(after.exitCode()).isEqualTo(5);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            lines.append("line ").append(i).append('\n');
        }
        assertThat(after.stdout()).isEqualTo(lines.toString());
        assertThat(after.exit().stdoutBytes()).isEqualTo(lines.length());
        machine.guest().forget(id);
    }

    @Test
    void isNotStartedTwice() throws Exception {
        EngineResult<Machine> second = engine().start(home("vm-shared"), boot("vm-shared", 2), Deadline.after(START));
        assertThat(second).isInstanceOfSatisfying(EngineResult.Failed.class, failed -> assertThat(
                        failed.error().code())
                .isEqualTo("vm_running"));
        assertThat(machine.guest().ping(Duration.ofSeconds(5))).isTrue();
        assertThat(machine.ended().toCompletableFuture()).isNotDone();
    }

    @Test
    void isSeenToEndWithinTwoSecondsWhenTheVmmIsKilledAlsoByALaterWorker() throws Exception {
        VmHome home = home("vm-killed");
        Machine first = started("vm-killed", 1);
        HeardExec heard = new HeardExec();
        heard.of(first.guest().start(next(), sh("echo here; sleep 600"), heard));
        await().until(() -> heard.stdout().equals("here\n"));
        first.close();
        Machine second = adopted("vm-killed", 1).orElseThrow();
        assertThat(ProcessHandle.of(second.pid()).orElseThrow().destroyForcibly())
                .isTrue();
        Machine.Ended ended = second.ended().toCompletableFuture().get(2, TimeUnit.SECONDS);
        assertThat(ended.orderly()).isFalse();
        assertThat(ended.reason()).contains("killed or died");
        assertNothingLeft(home, second);
        assertThat(adopted("vm-killed", 1)).isEmpty();

        // And it starts again from its files, as a new generation; this time its own worker sees it die.
        Machine third = started("vm-killed", 2);
        assertThat(ProcessHandle.of(third.pid()).orElseThrow().destroyForcibly())
                .isTrue();
        assertThat(third.ended().toCompletableFuture().get(2, TimeUnit.SECONDS).orderly())
                .isFalse();
        assertNothingLeft(home, third);
    }

    @Test
    void isKilledUnaskedWithAllThatRunsInIt() throws Exception {
        VmHome home = home("vm-unasked");
        Machine running = started("vm-unasked", 1);
        HeardExec heard = new HeardExec();
        heard.of(running.guest().start(next(), sh("sleep 600 & echo here; sleep 600"), heard));
        await().until(() -> heard.stdout().equals("here\n"));
        running.close();
        engine().kill(home, boot("vm-unasked", 1));
        assertNothingLeft(home, running);
        engine().kill(home, boot("vm-unasked", 1));
    }

    @Test
    void stopsInOrderAndWhatItWroteIsThereAtTheNextStart() throws Exception {
        VmHome home = home("vm-stopped");
        Machine first = started("vm-stopped", 1);
        HeardExec writing = new HeardExec();
        writing.of(first.guest()
                .start(
                        next(),
                        sh("echo kept > kept; trap 'echo bye; exit 4' TERM; echo ready; while :; do sleep 0.05; done"),
                        writing));
        await().until(() -> writing.stdout().equals("ready\n"));
        Machine.Ended ended = first.stop(Duration.ofSeconds(10));
        assertThat(ended).isEqualTo(new Machine.Ended(true, null));
        assertThat(writing.exitCode())
                .as("what was said before the end is heard")
                .isEqualTo(4);
        assertThat(writing.stdout()).isEqualTo("ready\nbye\n");
        assertNothingLeft(home, first);

        Machine second = started("vm-stopped", 2);
        HeardExec reading = new HeardExec();
        reading.of(second.guest().start(next(), sh("cat kept"), reading));
        assertThat(reading.exitCode()).isZero();
        assertThat(reading.stdout()).isEqualTo("kept\n");

        // Field case 52: no grace for programs is none against their files.
        HeardExec stubborn = new HeardExec();
        stubborn.of(second.guest()
                .start(
                        next(),
                        sh("trap '' TERM; echo new > kept; echo ready; while :; do sleep 0.05; done"),
                        stubborn));
        await().until(() -> stubborn.stdout().equals("ready\n"));
        assertThat(second.stop(Duration.ZERO)).isEqualTo(new Machine.Ended(true, null));
        assertNothingLeft(home, second);

        Machine third = started("vm-stopped", 3);
        HeardExec again = new HeardExec();
        again.of(third.guest().start(next(), sh("cat kept"), again));
        assertThat(again.exitCode()).isZero();
        assertThat(again.stdout()).isEqualTo("new\n");
        assertThat(third.kill().orderly()).as("killed is no order").isFalse();
        assertNothingLeft(home, third);
    }

    @Test
    void aVmThatDoesNotComeUpByTheDeadlineIsKilledAndNothingIsLeft() throws Exception {
        VmHome home = home("vm-late");
        prepare("vm-late");
        EngineResult<Machine> result = engine().start(home, boot("vm-late", 1), Deadline.after(Duration.ofMillis(1)));
        assertThat(result).isInstanceOfSatisfying(EngineResult.Failed.class, failed -> {
            assertThat(failed.error().code()).isEqualTo("agent_silent");
            assertThat(failed.retryable()).isTrue();
        });
        assertThat(flock.held(home.lock(1))).isFalse();
        assertThat(home.run(1)).doesNotExist();
        assertThat(leftovers(home, 1)).noneMatch(Files::exists);
    }
}
