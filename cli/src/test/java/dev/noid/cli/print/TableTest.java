package dev.noid.cli.print;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.Json;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TableTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Table table = new Table("name", "state").row("web", "running").row("a-long-one", "stopped");
    private final JsonNode data = Json.records().readTree("[{\"name\":\"web\"}]");

    @Test
    void people_get_columns_under_a_header() {
        assertThat(shown(Terminal.interactive(out, out, Map.of()), null))
                .isEqualTo("NAME        STATE\nweb         running\na-long-one  stopped\n");
    }

    @Test
    void programs_get_tabs_and_no_header() {
        assertThat(shown(piped(), null)).isEqualTo("web\trunning\na-long-one\tstopped\n");
    }

    @Test
    void a_table_asked_for_is_a_table_in_a_pipe_too() {
        assertThat(shown(piped(), Format.TABLE)).startsWith("NAME  ");
    }

    @Test
    void json_is_what_the_api_said() {
        assertThat(Json.records().readTree(shown(piped(), Format.JSON))).isEqualTo(data);
    }

    @Test
    void an_empty_list_prints_nothing_for_programs() {
        new Printer(piped()).show(null, data, () -> new Table("name"));
        assertThat(out.size()).isZero();
    }

    @Test
    void what_came_from_elsewhere_does_not_move_the_cursor() {
        assertThat(Escapes.visible("a\u001b]0;x\u0007b\nc\td\u0085\u202ee\u00e4€"))
                .isEqualTo("a\\x1b]0;x\\x07b\\nc\\td\\x85\\u202eeä€");
    }

    @Test
    void errors_are_coloured_for_people_who_want_colour() {
        Terminal.interactive(out, out, Map.of("TERM", "xterm")).error("what", "so");
        assertThat(text()).contains("\u001b[1;31merror:\u001b[0m what");
        out.reset();
        Terminal.interactive(out, out, Map.of("TERM", "xterm", "NO_COLOR", "1")).error("what", "so");
        assertThat(text()).isEqualTo("error: what\nhint: so\n");
    }

    private Terminal piped() {
        return Terminal.of(InputStream.nullInputStream(), out, OutputStream.nullOutputStream());
    }

    private String shown(Terminal terminal, @Nullable Format format) {
        new Printer(terminal).show(format, data, () -> table);
        return text();
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
