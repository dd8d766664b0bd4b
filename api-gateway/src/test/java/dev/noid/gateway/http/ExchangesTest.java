package dev.noid.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.noid.gateway.live.Capture;
import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Lifetimes;
import dev.noid.gateway.submit.Forked;
import dev.noid.gateway.submit.Refused;
import dev.noid.schema.DatabaseTrouble;
import dev.noid.schema.ExecId;
import dev.noid.schema.Json;
import dev.noid.schema.api.Checkpoint;
import dev.noid.schema.api.CheckpointPolicy;
import dev.noid.schema.api.CheckpointUsage;
import dev.noid.schema.api.LogEnd;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.api.Pruned;
import dev.noid.schema.api.Vm;
import dev.noid.schema.checkpoint.CheckpointState;
import dev.noid.schema.job.CheckpointResult;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.record.Stream;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
                .containsExactlyInAnyOrder(
                        Arrays.stream(JobState.values()).map(JobState::toString).toArray(String[]::new));
    }

    @Test
    void kinds_of_jobs_and_states_of_checkpoints_are_described_and_no_others() {
        assertThat(components.at("/schemas/JobKind/enum").valueStream().map(JsonNode::asString))
                .containsExactlyInAnyOrder(
                        Arrays.stream(JobKind.values()).map(JobKind::toString).toArray(String[]::new));
        assertThat(components.at("/schemas/CheckpointState/enum").valueStream().map(JsonNode::asString))
                .containsExactlyInAnyOrder(Arrays.stream(CheckpointState.values())
                        .map(CheckpointState::toString)
                        .toArray(String[]::new));
    }

    @Test
    void checkpoints_and_what_is_said_of_them_are_as_described() {
        Checkpoint bare = checkpoint(CheckpointState.PENDING, null, null);
        Checkpoint whole = checkpoint(CheckpointState.COMPLETE, "first", 7L);
        assertThat(wrong("Checkpoint", json(bare))).isEmpty();
        assertThat(wrong("Checkpoint", json(whole))).isEmpty();
        assertThat(wrong("Pruned", json(new Pruned(List.of(whole), List.of("ck-2"), true))))
                .isEmpty();
        assertThat(wrong("CheckpointPolicy", json(new CheckpointPolicy(3, null, 1L, null))))
                .isEmpty();
        assertThat(wrong("CheckpointPolicy", json(new CheckpointPolicy(null, null, null, null))))
                .isEmpty();
        var usage = new CheckpointUsage(1, 2, 3, List.of(new CheckpointUsage.Item("ck-1", "web", 2, 1)));
        assertThat(wrong("CheckpointUsage", json(usage))).isEmpty();
    }

    @Test
    void forks_are_as_described_whatever_became_of_them() {
        Forked forked = new Forked(
                "ck-1",
                List.of(
                        new Forked.Item("a", row(JobState.QUEUED), null),
                        new Forked.Item("b", row(JobState.SUCCEEDED), null),
                        new Forked.Item("c", row(JobState.FAILED), null),
                        new Forked.Item("d", null, DatabaseUnavailable.problem(DatabaseTrouble.AWAY))));
        var fork = CheckpointRoutes.view(forked);
        assertThat(wrong("Fork", json(fork))).isEmpty();
        assertThat(fork.succeeded()).isEqualTo(1);
        assertThat(fork.failed()).isEqualTo(2);
    }

    @Test
    void a_job_that_made_a_checkpoint_is_as_described() {
        Outcome made = new Outcome(
                JobState.SUCCEEDED, null, new CheckpointResult("ck-1", 12.5, 4_096), null, Map.of("pause", 12.5));
        JobRow checkpoint = row(new JobSpec.Checkpoint("ck-1"), JobState.SUCCEEDED, made);
        assertThat(wrong("Job", json(checkpoint.view()))).isEmpty();
        Outcome back = new Outcome(JobState.SUCCEEDED, null, new CheckpointResult(null, 12.5, 0), null, Map.of());
        var spec = new JobSpec.Restore("web", new JobSpec.Shape(64, 1, 64), "ck-1", null);
        assertThat(wrong("Job", json(row(spec, JobState.SUCCEEDED, back).view())))
                .isEmpty();
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
                new OutputLine.Restored("ck-1"),
                new OutputLine.Ended(row(JobState.SUCCEEDED).view()),
                new OutputLine.Log(new ExecId("vm-1", 2)),
                new OutputLine.LogEnded(LogEnd.REPLACED),
                new OutputLine.Failed(DatabaseUnavailable.problem(DatabaseTrouble.AWAY)))) {
            String text = json.writerFor(OutputLine.class).writeValueAsString(line);
            assertThat(wrong("OutputLine", json.readTree(text))).as(text).isEmpty();
        }
    }

    @Test
    void problems_are_as_described() {
        assertThat(wrong("Problem", json(DatabaseUnavailable.problem(DatabaseTrouble.AWAY))))
                .isEmpty();
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
                "{\"checkpoint\": \"web/first\"}",
                "{\"checkpoint\": \" \"}",
                "{\"checkpoint\": null, \"cpus\": 1}",
                "{\"checkpoint\": \"ck-123456\", \"name\": \"a\", \"cpus\": null}",
                "{\"checkpoint\": \"ck-123456\", \"cpus\": 1}",
                "{\"checkpoint\": \"ck-123456\", \"image\": \"busybox\"}",
                "{\"name\": \"a\", \"ifMissing\": true}",
                "{\"ifMissing\": true}",
                "{\"ifMissing\": true, \"name\": null}",
                "{\"ifMissing\": false}",
                "{\"ttlSeconds\": 1, \"idleStopSeconds\": 31536000, \"leaseSeconds\": 3600, \"ephemeral\": true}",
                "{\"ttlSeconds\": 0}",
                "{\"ttlSeconds\": 315360001}",
                "{\"ttlSeconds\": 1.5}",
                "{\"idleStopSeconds\": 0}",
                "{\"idleStopSeconds\": 31536001}",
                "{\"leaseSeconds\": 0}",
                "{\"leaseSeconds\": 3601}",
                "{\"ephemeral\": 1}",
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

    @Test
    void the_schema_refuses_the_same_bodies_about_checkpoints_as_the_gateway() {
        same(
                "CreateCheckpoint",
                CheckpointBodies::create,
                "{}",
                "{\"label\": \"a\", \"pin\": true}",
                "{\"label\": null}",
                "{\"label\": \"\"}",
                "{\"label\": \"ck-a\"}",
                "{\"label\": \"A\"}",
                "{\"pin\": 1}",
                "{\"pinned\": true}");
        same(
                "ChangeCheckpoint",
                CheckpointBodies::change,
                "{}",
                "{\"label\": \"\"}",
                "{\"label\": \"ck-a\"}",
                "{\"pinned\": false, \"label\": \"b\"}",
                "{\"pin\": true}");
        same(
                "RestoreVm",
                CheckpointBodies::restore,
                "{}",
                "{\"checkpoint\": \"first\", \"keep\": false}",
                "{\"checkpoint\": \"\"}",
                "{\"checkpoint\": 1}",
                "{\"keep\": \"no\"}");
        same(
                "ForkVm",
                CheckpointBodies::fork,
                "{}",
                "{\"count\": 1}",
                "{\"count\": 100, \"namePrefix\": \"a\"}",
                "{\"count\": 0}",
                "{\"count\": 101}",
                "{\"namePrefix\": \"" + "a".repeat(59) + "\"}",
                "{\"namePrefix\": \"" + "a".repeat(60) + "\"}",
                "{\"names\": [\"a\", \"b\"]}",
                "{\"names\": []}",
                "{\"names\": [\"a\", \"a\"]}",
                "{\"names\": [\"A\"]}",
                "{\"names\": [\"a\"], \"count\": 1}",
                "{\"names\": [\"a\"], \"count\": null}",
                "{\"names\": null, \"count\": 2}");
        same(
                "CheckpointPolicy",
                CheckpointBodies::policy,
                "{}",
                "{\"keepLast\": 1, \"maxAgeSeconds\": 60, \"maxBytes\": 1}",
                "{\"keepLast\": 0}",
                "{\"keepLast\": 10001}",
                "{\"maxAgeSeconds\": 59}",
                "{\"maxAgeSeconds\": 315360001}",
                "{\"maxBytes\": 0}",
                "{\"dryRun\": true}");
        same("PruneCheckpoints", CheckpointBodies::prune, "{}", "{\"dryRun\": true}", "{\"dryRun\": 1}");
    }

    @Test
    void the_schema_refuses_the_same_labels_and_lifetimes_as_the_gateway() {
        String long63 = "a".repeat(63);
        String dns = long63 + "." + long63 + "." + long63 + "." + "a".repeat(61);
        for (String labels : List.of(
                "null",
                "{}",
                "{\"team\": \"blue\", \"ci.example.com/Job_1.x\": \"\"}",
                "{\"" + long63 + "\": \"" + long63 + "\"}",
                "{\"" + dns + "/" + long63 + "\": \"a\"}",
                "{\"" + dns + "a/x\": \"a\"}",
                "{\"" + long63 + "a\": \"a\"}",
                "{\"a\": \"" + long63 + "a\"}",
                "{\"\": \"a\"}",
                "{\"-a\": \"a\"}",
                "{\"a.\": \"a\"}",
                "{\"a=b\": \"a\"}",
                "{\"A.example/x\": \"a\"}",
                "{\"/x\": \"a\"}",
                "{\"a/b/c\": \"a\"}",
                "{\"a..b/c\": \"a\"}",
                "{\"é\": \"a\"}",
                "{\"a\": \"é\"}",
                "{\"a\": \"b c\"}",
                "{\"a\": \"_b\"}",
                "{\"a\": \"b\\n\"}",
                "{\"a\": 1}",
                "{\"a\": null}",
                "[\"a\"]",
                "\"a=b\"",
                many(32),
                many(33))) {
            same("CreateVm", Bodies::create, "{\"labels\": " + labels + "}");
            same("ExecVm", Bodies::exec, "{\"argv\": [\"ls\"], \"labels\": " + labels + "}");
            same("ForkVm", CheckpointBodies::fork, "{\"labels\": " + labels + ", \"ttlSeconds\": 1}");
            same("ChangeVm", VmBodies::change, "{\"labels\": " + labels + "}");
        }
        same(
                "ChangeVm",
                VmBodies::change,
                "{}",
                "{\"ttlSeconds\": 0, \"idleStopSeconds\": 0, \"leaseSeconds\": 0}",
                "{\"ttlSeconds\": 315360000, \"idleStopSeconds\": 31536000, \"leaseSeconds\": 3600}",
                "{\"ttlSeconds\": -1}",
                "{\"ttlSeconds\": 315360001}",
                "{\"idleStopSeconds\": 31536001}",
                "{\"leaseSeconds\": 3601}",
                "{\"name\": \"b\"}");
    }

    private static String many(int labels) {
        return IntStream.range(0, labels)
                .mapToObj(i -> "\"k" + i + "\": \"v\"")
                .collect(Collectors.joining(", ", "{", "}"));
    }

    @Test
    void a_vm_with_all_that_can_be_said_of_it_is_as_described() {
        Vm vm = new Vm(
                "vm-1",
                "web",
                VmDesired.STOPPED,
                VmObserved.STOPPED,
                "idle",
                Instant.EPOCH,
                1,
                "busybox",
                64,
                1,
                64,
                "host-1",
                "stub",
                "none",
                7L,
                "ck-1",
                Map.of("team", "blue"),
                Instant.EPOCH,
                Instant.EPOCH,
                900,
                true,
                Instant.EPOCH,
                Instant.EPOCH);
        assertThat(wrong("Vm", json(vm))).isEmpty();
    }

    @Test
    void every_reason_of_a_job_that_nobody_asked_for_is_described_and_no_other() {
        assertThat(components
                        .at("/schemas/Job/properties/reason/enum")
                        .valueStream()
                        .map(JsonNode::asString))
                .containsExactlyInAnyOrder(Arrays.stream(Lifetimes.Why.values())
                        .map(Object::toString)
                        .toArray(String[]::new));
        assertThat(wrong(
                        "Job",
                        json(row(new JobSpec.Stop(1, "idle"), JobState.QUEUED, null)
                                .view())))
                .isEmpty();
        assertThat(wrong(
                        "Job",
                        json(row(new JobSpec.Destroy("expired"), JobState.QUEUED, null)
                                .view())))
                .isEmpty();
    }

    private void same(String schema, Consumer<JsonNode> gateway, String... bodies) {
        for (String body : bodies) {
            assertThat(wrong(schema, json.readTree(body)).isEmpty())
                    .as(body)
                    .isEqualTo(taken(() -> gateway.accept(json.readTree(body))));
        }
    }

    private static Checkpoint checkpoint(CheckpointState state, @Nullable String label, @Nullable Long bytes) {
        Instant completed = bytes == null ? null : Instant.EPOCH;
        return new Checkpoint(
                "ck-1",
                "web",
                "vm-1",
                label,
                label,
                false,
                false,
                true,
                state,
                "busybox",
                64,
                1,
                64,
                label,
                1.5,
                2.5,
                bytes,
                Instant.EPOCH,
                completed);
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
                        null,
                        state == JobState.SUCCEEDED ? null : JobError.user("exit_code", "It exited with 7.", "a hint"),
                        Map.of("run", 1.5))
                : null;
        return row(EXEC, state, outcome);
    }

    private static JobRow row(JobSpec spec, JobState state, @Nullable Outcome outcome) {
        return new JobRow(
                "job-1",
                "web",
                "vm-1",
                spec,
                state,
                1,
                "host-1",
                outcome,
                state == JobState.QUEUED ? 3 : null,
                state.terminal() ? null : Instant.EPOCH,
                null,
                0,
                10L,
                Map.of("team", "blue"),
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                end(state));
    }

    private static @Nullable Instant end(JobState state) {
        return state.terminal() ? Instant.EPOCH : null;
    }
}
