package dev.noid.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.gateway.submit.Refused;
import dev.noid.schema.Json;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.ExecVm;
import dev.noid.schema.api.Problem;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class BodiesTest {
    @Test
    void an_empty_create_is_fine() {
        assertThat(Bodies.create(json("{}"))).isEqualTo(new CreateVm(null, null, null, null, null, null));
    }

    @Test
    void null_is_the_same_as_not_there() {
        assertThat(Bodies.create(json("{\"name\": null, \"cpus\": null}")))
                .isEqualTo(new CreateVm(null, null, null, null, null, null));
    }

    @Test
    void every_problem_is_said_at_once_with_its_pointer_and_the_range() {
        assertThat(errors(() -> Bodies.create(json(
                        "{\"name\": \"Bad_\", \"memoryMib\": 1, \"cpus\": \"two\", \"cpu\": 1, \"diskMib\": 1.5}"))))
                .satisfiesExactlyInAnyOrder(
                        error("/name", "1 to 63"),
                        error("/memoryMib", "from 64 to 1048576"),
                        error("/cpus", "must be a whole number from 1 to 16, not a string"),
                        error("/diskMib", "must be a whole number"),
                        error("/cpu", "did you mean cpus?"));
    }

    @Test
    void a_fork_chooses_neither_image_nor_size() {
        assertThat(errors(() -> Bodies.create(json("{\"checkpoint\": \"web/first\", \"memoryMib\": 64}"))))
                .satisfiesExactly(error("/memoryMib", "has what its checkpoint has"));
    }

    @Test
    void a_fork_is_counted_or_named() {
        assertThat(errors(() -> CheckpointBodies.fork(json("{\"count\": 101}"))))
                .satisfiesExactly(error("/count", "from 1 to 100"));
        assertThat(errors(() -> CheckpointBodies.fork(json("{\"names\": [\"a\", \"B\", \"a\"], \"count\": 3}"))))
                .satisfiesExactlyInAnyOrder(
                        error("/names", "choose one way"), error("/names/1", "1 to 63"), error("/names/2", "again"));
        assertThat(errors(() -> CheckpointBodies.fork(json("{\"namePrefix\": \"-\"}"))))
                .satisfiesExactly(error("/namePrefix", "1 to 59"));
    }

    @Test
    void a_label_is_no_id() {
        assertThat(errors(() -> CheckpointBodies.create(json("{\"label\": \"ck-1\"}"))))
                .satisfiesExactly(error("/label", "must not begin with ck-"));
    }

    @Test
    void an_exec_needs_a_program() {
        assertThat(errors(() -> Bodies.exec(json("{}")))).satisfiesExactly(error("/argv", "is missing"));
        assertThat(errors(() -> Bodies.exec(json("{\"argv\": []}"))))
                .satisfiesExactly(error("/argv", "at least the program"));
        assertThat(errors(() -> Bodies.exec(json("{\"argv\": [\"\"]}"))))
                .satisfiesExactly(error("/argv/0", "name the program"));
    }

    @Test
    void elements_are_checked_one_by_one() {
        assertThat(errors(() -> Bodies.exec(json("{\"argv\": [\"a\", 1, \"b\\u0000\", \"\\ud800\"]}"))))
                .satisfiesExactly(
                        error("/argv/1", "must be a string"), error("/argv/2", "NUL"), error("/argv/3", "surrogate"));
    }

    @Test
    void stdin_comes_in_one_form_and_at_most_64_KiB() {
        assertThat(errors(() -> Bodies.exec(json("{\"argv\": [\"a\"], \"stdin\": \"x\", \"stdinBase64\": \"eA==\"}"))))
                .satisfiesExactly(error("/stdinBase64", "choose one"));
        assertThat(errors(() -> Bodies.exec(json("{\"argv\": [\"a\"], \"stdin\": \"" + "é".repeat(40_000) + "\"}"))))
                .satisfiesExactly(error("/stdin", "65536 bytes"));
        assertThat(errors(() -> Bodies.exec(json("{\"argv\": [\"a\"], \"stdinBase64\": \"!\"}"))))
                .satisfiesExactly(error("/stdinBase64", "not base64"));
    }

    @Test
    void a_command_has_at_most_256_KiB() {
        String part = "\"" + "a".repeat(100_000) + "\"";
        assertThat(errors(() -> Bodies.exec(json("{\"argv\": [" + String.join(",", part, part, part) + "]}"))))
                .satisfiesExactly(error("/argv", "262144"));
    }

    @Test
    void no_argument_and_no_variable_is_longer_than_linux_takes() {
        String most = "a".repeat(131_071);
        assertThat(errors(() -> Bodies.exec(json("{\"argv\": [\"b\", \"" + most + "a\"]}"))))
                .satisfiesExactly(error("/argv/1", "131071 bytes"));
        assertThat(errors(() -> Bodies.exec(json("{\"argv\": [\"b\"], \"env\": {\"A/B\": \"" + most + "\"}}"))))
                .satisfiesExactly(error("/env/A~1B", "131071 bytes"));
    }

    @Test
    void the_names_of_the_environment_are_checked() {
        assertThat(errors(() -> Bodies.exec(json("{\"argv\": [\"a\"], \"env\": {\"A=B\": \"x\"}}"))))
                .satisfiesExactly(error("/env", "="));
    }

    @Test
    void a_whole_exec_is_read() {
        ExecVm exec = Bodies.exec(json("""
                {"argv": ["sh", "-c", "x"], "env": {"A": "1"}, "cwd": "/srv", "user": "1000:1000", "stdin": "in",
                 "stdinFollows": true, "timeoutSeconds": 1.5, "outputLimitBytes": 5, "idempotent": true}
                """));
        assertThat(exec.argv()).isEqualTo(List.of("sh", "-c", "x"));
        assertThat(exec.timeoutSeconds()).isEqualTo(1.5);
        assertThat(exec.stdinFollows()).isTrue();
        assertThat(exec.outputLimitBytes()).isEqualTo(5);
    }

    @Test
    void signals_have_names() {
        assertThat(Bodies.signal(json("{\"signal\": \"INT\"}"))).isEqualTo(2);
        assertThat(Bodies.signal(json("{\"signal\": \"SIGKILL\"}"))).isEqualTo(9);
        assertThat(errors(() -> Bodies.signal(json("{\"signal\": \"NOPE\"}"))))
                .satisfiesExactly(error("/signal", "HUP, INT"));
        assertThat(errors(() -> Bodies.signal(json("{}")))).satisfiesExactly(error("/signal", "is missing"));
        // It was a 500.
        assertThat(errors(() -> Bodies.signal(json("{\"signal\": null}"))))
                .satisfiesExactly(error("/signal", "is missing"));
    }

    @Test
    void a_cursor_that_this_list_has_not_given_is_refused() {
        assertThat(Cursor.decode(Cursor.encode("vm-01abc"))).isEqualTo("vm-01abc");
        assertThat(Cursor.decode(null)).isNull();
        for (String bad : List.of("x", "????", Cursor.encode("UPPER"), Cursor.encode("a' OR 1=1"))) {
            assertThatThrownBy(() -> Cursor.decode(bad)).isInstanceOf(Refused.class);
        }
    }

    private static JsonNode json(String text) {
        return Json.api().readTree(text);
    }

    private static List<Problem.FieldError> errors(Runnable work) {
        Refused refused = org.assertj.core.api.Assertions.catchThrowableOfType(Refused.class, work::run);
        assertThat(refused).isNotNull();
        assertThat(refused.problem().status()).isEqualTo(422);
        return Objects.requireNonNull(refused.problem().errors());
    }

    private static Consumer<Problem.FieldError> error(String pointer, String part) {
        return error -> {
            assertThat(error.pointer()).isEqualTo(pointer);
            assertThat(error.detail()).contains(part);
        };
    }
}
