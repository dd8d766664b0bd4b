package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A guest that does not answer keeps nothing and nobody (attack H1, faults 12 and 37): each job in it ends by this
/// host's clock, the VM says since when it is silent, and works again once it answers.
class SilentGuestTest {
    /// `noid get` says it after 20 s of silence, noticed every 2.5 s; the rest is a busy machine's.
    private static final Duration NOTICED = Duration.ofSeconds(45);

    /// 1 s of timeout, the grace, and 5 s of this host's patience; the rest is a busy machine's.
    private static final Duration ENDED = Duration.ofSeconds(30);

    private static Vm vm(Stack stack, String name) {
        return Vm.create(stack, name, 128);
    }

    private static String begin(Vm vm, String more) {
        Http.Reply reply = vm.http().post(vm.path() + "/exec", "{\"argv\":[\"sleep\",\"61783\"]" + more + "}");
        assertThat(reply.status()).as(reply.toString()).isEqualTo(202);
        return reply.json().path("id").asString();
    }

    private static String begun(Vm vm) {
        String job = begin(vm, "");
        await().atMost(Duration.ofSeconds(30)).until(() -> vm.http()
                .get("/jobs/" + job)
                .json()
                .path("state")
                .asString()
                .equals("running"));
        return job;
    }

    private static long pid(Vm vm) {
        return vm.get().path("pid").asLong();
    }

    private static void assertEnds(Vm vm, String job, String state, String code) {
        JsonNode ended = vm.http().ended(job, ENDED);
        assertThat(ended.path("state").asString()).as(ended.toString()).isEqualTo(state);
        assertThat(ended.at("/error/code").asString()).as(ended.toString()).isEqualTo(code);
    }

    private static void noticed(Vm vm, boolean silent) {
        await().atMost(NOTICED).until(() -> vm.get().has("unresponsiveSince") == silent);
    }

    @Test
    void whatever_is_asked_of_it_ends_and_it_works_again_when_it_answers() {
        try (Stack stack = Stack.up("stub", Vm.NO_POOL)) {
            Vm vm = vm(stack, "still");
            Vm gone = vm(stack, "gone");
            String waits = begun(vm);
            String cancelled = begun(vm);
            Processes.signal("STOP", pid(vm));
            Processes.signal("STOP", pid(gone));

            String timed = begin(vm, ",\"timeoutSeconds\":1");
            assertThat(vm.http().post("/jobs/" + cancelled + "/cancel", "{}").status())
                    .isEqualTo(202);
            String checkpoint = vm.submitCheckpoint(null).json().path("id").asString();
            assertEnds(vm, cancelled, "cancelled", "guest_unresponsive");
            assertEnds(vm, timed, "timed_out", "guest_unresponsive");
            assertEnds(vm, checkpoint, "failed", "guest_not_quiesced");
            assertThat(stack.data()
                            .resolve("checkpoints")
                            .resolve(vm.get().path("id").asString()))
                    .as("the VM's only checkpoint came to nothing")
                    .doesNotExist();
            // A fork of what runs now is a checkpoint first, and a restore keeps what runs now.
            assertThat(stack.cli().run("fork", "--vm", "still").exitCode()).isEqualTo(1);
            noticed(vm, true);
            assertThat(vm.http().get("/jobs/" + waits).json().has("unresponsiveSince"))
                    .isTrue();
            assertThat(stack.cli().run("ls").out()).contains("running, unresponsive");
            assertThat(stack.cli().run("get", "still").out()).contains("unresponsive since");
            // The worker's death changes none of it.
            stack.kill("worker");
            assertThat(stack.cli().run("rm", "gone").exitCode()).isZero();
            assertThat(vm.get().has("unresponsiveSince")).isTrue();
            assertThat(vm.http().get("/jobs/" + waits).json().path("state").asString())
                    .isEqualTo("running");

            Processes.signal("CONT", pid(vm));
            noticed(vm, false);
            assertThat(vm.sh("echo fine")).isEqualTo("fine\n");
            // What was given up here was ended there; what was not runs.
            await().atMost(Duration.ofSeconds(30)).until(() -> sleepers(vm) == 1);
            assertThat(vm.http().post("/jobs/" + waits + "/cancel", "{}").status())
                    .isEqualTo(202);
            assertThat(vm.http().ended(waits, ENDED).at("/error/code").asString())
                    .isEqualTo("cancelled");

            String before = vm.checkpoint("before");
            Processes.signal("STOP", pid(vm));
            assertEnds(vm, vm.submitRestore(before, true).json().path("id").asString(), "failed", "guest_not_quiesced");
            vm.restore(before, false);
            assertThat(vm.sh("echo restored")).isEqualTo("restored\n");

            Processes.signal("STOP", pid(vm));
            assertThat(stack.cli().run("stop", "still", "--grace", "1s").exitCode())
                    .isZero();
            assertThat(stack.cli().run("start", "still").exitCode()).isZero();
            assertThat(vm.sh("echo again")).isEqualTo("again\n");
        }
    }

    /// A VMM that stands still, a PID 1 that somebody in the guest holds, and a kernel that does nothing any more.
    @Test
    void a_real_guest_that_is_held_from_outside_and_from_inside() {
        try (Stack stack = Stack.up("qemu", Vm.NO_POOL)) {
            Vm vm = vm(stack, "held");
            String before = vm.checkpoint("before");
            Processes.signal("STOP", pid(vm));
            assertEnds(vm, begin(vm, ",\"timeoutSeconds\":1"), "timed_out", "guest_unresponsive");
            Processes.signal("CONT", pid(vm));
            assertThat(vm.sh("echo let go")).isEqualTo("let go\n");
            await().atMost(Duration.ofSeconds(30)).until(() -> sleepers(vm) == 0);
            heldAgent(vm);

            // With no time until the reboot, a panic ends in a loop of the kernel that no process comes out of.
            vm.begin("echo 0 > /proc/sys/kernel/panic; echo c > /proc/sysrq-trigger");
            noticed(vm, true);
            assertEnds(vm, begin(vm, ",\"timeoutSeconds\":1"), "timed_out", "guest_unresponsive");
            vm.restore(before, false);
            assertThat(vm.sh("echo back")).isEqualTo("back\n");
        }
    }

    /// Also on the stub engine, where all processes of this machine are seen.
    private static int sleepers(Vm vm) {
        return Integer.parseInt(vm.sh("""
                n=0
                for f in /proc/[0-9]*/cmdline; do
                    case $(tr '\\0' ' ' < $f 2> /dev/null) in 'sleep 61783 ') n=$((n + 1));; esac
                done
                echo $n""").strip());
    }

    /// Root in the guest holds the agent itself (PID 1) for 12 s; the kernel and everything else goes on.
    private static void heldAgent(Vm vm) {
        String held = "/sys/fs/cgroup/held";
        String holds = "mkdir " + held + "; (sleep 12; echo 0 > " + held + "/cgroup.freeze) & " + "echo 1 > " + held
                + "/cgroup.procs; echo 1 > " + held + "/cgroup.freeze; wait";
        String holder = vm.begin(holds);
        await().atMost(Duration.ofSeconds(10)).until(() -> vm.http()
                .get("/jobs/" + holder)
                .json()
                .path("state")
                .asString()
                .equals("running"));
        assertEnds(vm, begin(vm, ",\"timeoutSeconds\":1"), "timed_out", "guest_unresponsive");
        assertThat(vm.http().ended(holder, Duration.ofSeconds(30)).path("state").asString())
                .isEqualTo("succeeded");
        assertThat(vm.sh("echo let go")).isEqualTo("let go\n");
        await().atMost(Duration.ofSeconds(30)).until(() -> sleepers(vm) == 0);
    }
}
