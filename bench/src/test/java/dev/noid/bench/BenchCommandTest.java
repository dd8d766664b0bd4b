package dev.noid.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.bench.flood.Attack;
import dev.noid.schema.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// `noid bench` as somebody runs it. What it finds is not looked at: a figure is no test.
class BenchCommandTest {
    /// In milliseconds; what hung, hung for 6,000 and more.
    private static final double SECONDS_OF_HANGING = 3_000;

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void a_figure_is_measured_beside_its_bare_mechanism_and_every_sample_is_kept() throws Exception {
        Path samples = directory.resolve("samples.jsonl");
        int code = bench("--quick", "--only", "exec", "--json", "--samples", samples.toString());
        assertThat(code).as(text(err)).isEqualTo(0);
        JsonNode row = Json.records().readTree(text(out)).at("/figures/0/rows/0");
        assertThat(row.path("what").asString()).as(text(out)).isEqualTo("exec round trip");
        int count = row.at("/noid/n").asInt();
        assertThat(count).isPositive().isEqualTo(row.at("/bare/n").asInt());
        assertThat(row.at("/noid/p50").asDouble()).isPositive();
        List<JsonNode> kept = Files.readAllLines(samples).stream()
                .map(Json.records()::readTree)
                .toList();
        for (String side : List.of("noid", "bare")) {
            assertThat(kept.stream()
                            .filter(sample -> sample.path("figure").asString().equals("exec"))
                            .filter(sample -> sample.path("side").asString().equals(side)))
                    .as(side)
                    .hasSize(count);
        }
    }

    /// Attacks G2, G3 and G4: a single socket used to end the gateway, and bodies of 1 MiB to keep an exec of
    /// somebody else waiting for seconds. The figure fails when an exec does, or when a process does not live
    /// through it.
    @Test
    void a_flood_ends_neither_gateway_nor_worker_and_fails_nobody_elses_exec() {
        int code = bench("--quick", "--only", "flood", "--json");
        assertThat(code).as(text(err)).isEqualTo(0);
        JsonNode rows = Json.records().readTree(text(out)).at("/figures/0/rows");
        assertThat(rows.size()).as(text(out)).isEqualTo(Attack.values().length);
        for (JsonNode row : rows) {
            assertThat(row.at("/noid/p99").asDouble())
                    .as(row.path("what").asString())
                    .isPositive()
                    .isLessThan(SECONDS_OF_HANGING);
        }
    }

    @Test
    void a_figure_that_is_not_there_is_a_mistake_with_a_way_out() {
        assertThat(bench("--only", "exce")).isEqualTo(2);
        assertThat(text(err)).contains("exce", "--list");
        assertThat(bench("--list")).isEqualTo(0);
        assertThat(text(out).lines()).contains("exec", "stub", "fork");
    }

    private int bench(String... arguments) {
        Map<String, String> environment = new HashMap<>(System.getenv());
        BenchCommand command = new BenchCommand(environment, print(out), print(err));
        return new CommandLine(command)
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .execute(arguments);
    }

    private static PrintStream print(ByteArrayOutputStream to) {
        return new PrintStream(to, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream of) {
        return of.toString(StandardCharsets.UTF_8);
    }
}
