package dev.noid.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.gateway.submit.Refused;
import org.junit.jupiter.api.Test;

/// What of a body is refused before anything looks at its fields.
final class BodyTest {
    @Test
    void a_body_of_many_small_parts_is_refused_before_it_becomes_a_tree_forty_times_its_size() {
        String many = "{\"argv\": [" + "{},".repeat(300_000) + "{}]}";
        assertThat(code(many)).isEqualTo("body_too_large");
    }

    @Test
    void argv_and_env_may_be_as_long_as_they_may_be() {
        String argv = "\"a\",".repeat(4_095) + "\"a\"";
        StringBuilder env = new StringBuilder("\"k\": \"v\"");
        for (int i = 1; i < 4_096; i++) {
            env.append(", \"k").append(i).append("\": \"v\"");
        }
        assertThat(Body.parse("{\"argv\": [" + argv + "], \"env\": {" + env + "}}")
                        .path("env")
                        .size())
                .isEqualTo(4_096);
    }

    @Test
    void what_is_no_object_or_no_JSON_is_said_so() {
        assertThat(code("[]")).isEqualTo("invalid_json");
        assertThat(code("{")).isEqualTo("invalid_json");
        assertThat(code("{} {}")).isEqualTo("invalid_json");
        assertThat(code("{\"a\": 1, \"a\": 2}")).isEqualTo("invalid_json");
        assertThat(code("{\"a\": " + "[".repeat(100) + "]".repeat(100) + "}")).isEqualTo("invalid_json");
    }

    private static String code(String text) {
        Refused[] refused = new Refused[1];
        assertThatThrownBy(() -> Body.parse(text)).isInstanceOfSatisfying(Refused.class, e -> refused[0] = e);
        return refused[0].problem().code();
    }
}
