package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A guest may do what it likes: only its own VM suffers. Gateway and worker have 128 MiB each and must live.
class HostileGuestTest {
    private static Stack stack;

    @BeforeAll
    static void up() {
        stack = Stack.up("qemu", Map.of("NOID_GATEWAY_OPTIONS", "-Xmx128m", "NOID_WORKER_OPTIONS", "-Xmx128m"));
        assertThat(stack.cli().run("create", "evil").exitCode()).isZero();
        assertThat(stack.cli().run("create", "good").exitCode()).isZero();
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "yes",
                "yes >&2",
                "sleep 600",
                ":(){ :|:& };:; sleep 600",
                "while :; do kill -9 -1; done",
                "while :; do (sleep 600 &) ; done",
                "cat /dev/urandom > /dev/vport0p1 || cat /dev/urandom > /dev/vport1p1; sleep 600",
                "tail /dev/zero; sleep 600",
                "dd if=/dev/zero of=/fill bs=1M; sleep 600",
            })
    void harms_only_its_own_vm(String script) {
        long gateway = stack.pid("gateway");
        long worker = stack.pid("worker");
        String job = stack.http()
                .post("/vms/evil/exec", "{\"argv\":[\"sh\",\"-c\",\"" + script.replace("\"", "\\\"") + "\"]}")
                .json()
                .path("id")
                .asString();
        // While it rages, the neighbour works.
        for (int i = 0; i < 5; i++) {
            var good = stack.http().postAndWait("/vms/good/exec", "{\"argv\":[\"echo\",\"fine\"]}");
            assertThat(good.json().at("/output/stdout").asString())
                    .as(good.toString())
                    .isEqualTo("fine\n");
        }
        stack.http().post("/jobs/" + job + "/cancel", "{}");
        stack.http().ended(job, Duration.ofSeconds(60));
        assertThat(stack.pid("gateway")).isEqualTo(gateway);
        assertThat(stack.pid("worker")).isEqualTo(worker);
    }

    @Test
    void a_guest_that_powers_itself_off_ends_its_vm_and_nothing_else() {
        assertThat(stack.cli().run("create", "off").exitCode()).isZero();
        String job = stack.http()
                .post("/vms/off/exec", "{\"argv\":[\"sh\",\"-c\",\"sync; echo b > /proc/sysrq-trigger; sleep 60\"]}")
                .json()
                .path("id")
                .asString();
        assertThat(stack.http().ended(job, Duration.ofSeconds(30)).path("state").asString())
                .isEqualTo("lost");
        assertThat(stack.http().get("/vms/off").json().path("observed").asString())
                .isIn("stopped", "failed");
        assertThat(stack.cli().run("rm", "off").exitCode()).isZero();
    }
}
