package dev.noid.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.noid.gateway.live.Capture;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.submit.Refused;
import dev.noid.schema.Json;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.record.Stream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// What the gateway says and takes, held to the schemas of openapi.yaml.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExchangesTest {
    private static final JobSpec EXEC =
            new JobSpec.Exec(List.of("ls", "-l"), Map.of(), null, null, null, false, 0, 0, 1, false);

    private final JsonMapper json = Json.api();
    private final JsonNode components = components();

    @Test
    void jobs_are_as_described_in_every_state() {
        for (JobState state : JobState.values()) {
            assertThat(wrong("Job", json(row(state).view())))
                    .as(state.toString())
                    .isEmpty();
        }
    }

    @Test
    void every_state_and_kind_is_described_and_no_other() {
        assertThat(components.at("/schemas/JobState/enum").valueStream().map(JsonNode::asString))
                .containsExactlyInAnyOrder(java.util.Arrays.stream(JobState.values())
                        .map(JobState::toString)
                        .toArray(String[]::new));
    }

    @Test
    void a_job_with_its_output_is_as_described() {
        Capture capture = new Capture();
        capture.line(new OutputLine.Chunk(Stream.STDOUT, 0, "out".getBytes(StandardCharsets.UTF_8)));
        JobRow row = row(JobState.FAILED);
        var job = row.view()
                .withOutput(capture.output(Objects.requireNonNull(row.outcome()).exec()));
        assertThat(wrong("Job", json(job))).isEmpty();
    }

    @Test
    void lines_of_output_are_as_described() {
        for (OutputLine line : List.of(
                new OutputLine.Chunk(Stream.STDERR, 7, new byte[] {0, -1}),
                new OutputLine.Gap(Stream.STDOUT, 0, 5),
                new OutputLine.InputAck(1, 2, false),
                new OutputLine.Ended(row(JobState.SUCCEEDED).view()),
                new OutputLine.Failed(Problems.databaseUnavailable()))) {
            String text = json.writerFor(OutputLine.class).writeValueAsString(line);
            assertThat(wrong("OutputLine", json.readTree(text))).as(text).isEmpty();
        }
    }

    @Test
    void problems_are_as_described() {
        assertThat(wrong("Problem", json(Problems.databaseUnavailable()))).isEmpty();
        Refused refused = Parameters.bad("limit", "is 'x'");
        assertThat(wrong("Problem", json(refused.problem().withRequestId("r-1"))))
                .isEmpty();
    }

    /// The schema and [Bodies] are two writings of the same bounds: both refuse, or both take.
    @Test
    void the_schema_refuses_the_same_bodies_as_the_gateway() {
        for (String body : List.of(
                "{}",
                "{\"name\": \"a\"}",
                "{\"name\": null}",
                "{\"name\": \"A\"}",
                "{\"name\": \"a-\"}",
                "{\"memoryMib\": 64}",
                "{\"memoryMib\": 63}",
                "{\"memoryMib\": 1048577}",
                "{\"cpus\": 0}",
                "{\"cpus\": 17}",
                "{\"cpus\": \"1\"}",
                "{\"diskMib\": 65537}",
                "{\"disk\": 1}")) {
            assertThat(wrong("CreateVm", json.readTree(body)).isEmpty())
                    .as(body)
                    .isEqualTo(taken(() -> Bodies.create(json.readTree(body))));
        }
        for (String body : List.of(
                "{\"argv\": [\"ls\"]}",
                "{\"argv\": []}",
                "{\"argv\": null}",
                "{\"argv\": \"ls\"}",
                "{\"argv\": [1]}",
                "{}",
                "{\"argv\": [\"ls\"], \"cwd\": \"tmp\"}",
                "{\"argv\": [\"ls\"], \"cwd\": \"/tmp\", \"env\": {\"A\": \"b\"}, \"stdin\": \"x\"}",
                "{\"argv\": [\"ls\"], \"env\": {\"A\": 1}}",
                "{\"argv\": [\"ls\"], \"timeoutSeconds\": 604801}",
                "{\"argv\": [\"ls\"], \"timeoutSeconds\": 0.5}",
                "{\"argv\": [\"ls\"], \"outputLimitBytes\": 0}",
                "{\"argv\": [\"ls\"], \"idempotent\": \"yes\"}",
                "{\"argv\": [\"ls\"], \"tty\": true}")) {
            assertThat(wrong("ExecVm", json.readTree(body)).isEmpty())
                    .as(body)
                    .isEqualTo(taken(() -> Bodies.exec(json.readTree(body))));
        }
        for (String body : List.of("{}", "{\"graceSeconds\": 600}", "{\"graceSeconds\": 601}", "{\"grace\": 1}")) {
            assertThat(wrong("StopVm", json.readTree(body)).isEmpty())
                    .as(body)
                    .isEqualTo(taken(() -> Bodies.stop(json.readTree(body))));
        }
    }

    private static boolean taken(Runnable check) {
        try {
            check.run();
            return true;
        } catch (Refused _) {
            return false;
        }
    }

    private JsonNode json(Object body) {
        return json.readTree(json.writeValueAsString(body));
    }

    private List<String> wrong(String schema, JsonNode body) {
        ObjectNode document = json.createObjectNode();
        document.put("$ref", "#/components/schemas/" + schema);
        document.set("components", components);
        List<String> wrong = new ArrayList<>();
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(document)
                .validate(body)
                .forEach(error -> wrong.add(error.toString()));
        return wrong;
    }

    private static JsonNode components() {
        InputStream yaml = Objects.requireNonNull(ExchangesTest.class.getResourceAsStream("/openapi.yaml"));
        return YAMLMapper.builder().build().readTree(yaml).path("components");
    }

    private static JobRow row(JobState state) {
        Outcome outcome = state.terminal()
                ? new Outcome(
                        state,
                        new ExecResult(7, null, 3, 0, 0, 10, 1),
                        state == JobState.SUCCEEDED ? null : JobError.user("exit_code", "It exited with 7.", "a hint"),
                        Map.of("run", 1.5))
                : null;
        return new JobRow(
                "job-1",
                "web",
                "vm-1",
                EXEC,
                state,
                1,
                "host-1",
                outcome,
                state == JobState.QUEUED ? 3 : null,
                0,
                10L,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                end(state));
    }

    private static @Nullable Instant end(JobState state) {
        return state.terminal() ? Instant.EPOCH : null;
    }
}
