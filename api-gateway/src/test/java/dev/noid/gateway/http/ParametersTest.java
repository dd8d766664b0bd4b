package dev.noid.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.gateway.submit.Refused;
import dev.noid.schema.ExecId;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Headers as clients write them.
final class ParametersTest {
    @Test
    void a_preference_is_found_among_others_and_bounded() {
        assertThat(Parameters.preferredWait("wait=5")).isEqualTo(5);
        assertThat(Parameters.preferredWait("respond-async, wait=10")).isEqualTo(10);
        assertThat(Parameters.preferredWait("return=minimal; wait=\"7\"")).isEqualTo(7);
        assertThat(Parameters.preferredWait("WAIT = 3")).isEqualTo(3);
        assertThat(Parameters.preferredWait("wait=100000")).isEqualTo(60);
        assertThat(Parameters.preferredWait("wait=" + "9".repeat(30))).isEqualTo(60);
        assertThat(Parameters.preferredWait("wait=-1")).isZero();
    }

    @Test
    void a_preference_that_nobody_understands_is_none() {
        assertThat(Parameters.preferredWait((String) null)).isZero();
        assertThat(Parameters.preferredWait("")).isZero();
        assertThat(Parameters.preferredWait("wait")).isZero();
        assertThat(Parameters.preferredWait("wait=soon")).isZero();
        assertThat(Parameters.preferredWait("waiting=5")).isZero();
    }

    @Test
    void a_log_is_a_vm_and_its_generation() {
        String vm = "vm-01m8gq03s29ydcz3j3jqefrfpw";
        assertThat(Parameters.log((String) null)).isNull();
        assertThat(Parameters.log(vm + ".2")).isEqualTo(new ExecId(vm, 2));
        for (String bad : new String[] {"", "web", "web.1", vm, vm + ".0", vm + ".x", "\0.1", vm + "\0.1", "vm-.1"}) {
            assertThatThrownBy(() -> Parameters.log(bad)).isInstanceOf(Refused.class);
        }
    }

    @Test
    void a_key_is_the_same_bare_and_in_quotes() {
        assertThat(key("k-1")).isEqualTo("k-1");
        assertThat(key("\"k-1\"")).isEqualTo("k-1");
        assertThat(key(null)).isNull();
    }

    @Test
    void a_key_is_printable_and_not_endless() {
        for (String bad : new String[] {"", "\"\"", "a b", "a\tb", "schlüssel", "x".repeat(256)}) {
            assertThatThrownBy(() -> key(bad)).as(bad).isInstanceOf(Refused.class);
        }
        assertThat(key("x".repeat(255))).hasSize(255);
    }

    @Test
    void a_vm_to_filter_by_is_a_name_or_an_id() {
        assertThat(JobRoutes.vm("web-1")).isEqualTo("web-1");
        assertThat(JobRoutes.vm(null)).isNull();
        for (String bad : new String[] {"", "a\0", "A", "%", "a b"}) {
            assertThatThrownBy(() -> JobRoutes.vm(bad)).as(bad).isInstanceOf(Refused.class);
        }
    }

    @Test
    void a_fingerprint_tells_method_path_and_body_apart() {
        byte[] one = fingerprint("POST", "/vms", "{}");
        assertThat(fingerprint("POST", "/vms", "{}")).isEqualTo(one);
        assertThat(fingerprint("DELETE", "/vms", "{}")).isNotEqualTo(one);
        assertThat(fingerprint("POST", "/vms/a", "{}")).isNotEqualTo(one);
        assertThat(fingerprint("POST", "/vms", "{} ")).isNotEqualTo(one);
        assertThat(fingerprint("POST", "/vms", "")).isNotEqualTo(one);
    }

    private static @Nullable String key(@Nullable String header) {
        return Parameters.idempotencyKey(header);
    }

    private static byte[] fingerprint(String method, String path, String body) {
        return Replies.fingerprint(method, path, body.getBytes(StandardCharsets.UTF_8));
    }
}
