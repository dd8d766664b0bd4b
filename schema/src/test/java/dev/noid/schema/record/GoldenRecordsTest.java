package dev.noid.schema.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.ExecId;
import dev.noid.schema.Json;
import dev.noid.schema.job.CheckpointResult;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.vm.VmObserved;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/// Records of version 1 as files: what was written once must be read for as long as version 1 is spoken.
/// A changed file is a broken promise; a new field gets a new file beside the old one.
class GoldenRecordsTest {
    private static final JobSpec.Shape SHAPE = new JobSpec.Shape(256, 1, 512);
    private static final String HOST = "host-01k9z0000000000000000000aa";
    private static final String JOB = "job-01k9z0000000000000000000bb";
    private static final String VM = "vm-01k9z0000000000000000000cc";
    private static final String TENANT = "tenant-01k9z0000000000000000000dd";

    private static final String CHECKPOINT = "ck-01k9z0000000000000000000ff";

    private static final Command CANCEL = new Command.CancelAttempt(HOST, JOB, 1, VM);

    private final RecordCodec codec = new RecordCodec();
    private final JsonMapper json = Json.records();

    static Map<String, Command> commands() {
        Map<String, Command> all = new LinkedHashMap<>();
        all.put("start_attempt.create", start(1, new JobSpec.Create("web", "sha256:" + "0f".repeat(32), SHAPE, null)));
        all.put(
                "start_attempt.fork",
                start(1, new JobSpec.Create("web", "sha256:" + "0f".repeat(32), SHAPE, CHECKPOINT)));
        all.put("start_attempt.checkpoint", start(1, new JobSpec.Checkpoint(CHECKPOINT)));
        all.put(
                "start_attempt.restore",
                start(1, new JobSpec.Restore("web", SHAPE, CHECKPOINT, "ck-01k9z0000000000000000000gg")));
        all.put("start_attempt.start", start(2, new JobSpec.Start("web", SHAPE)));
        all.put("start_attempt.stop", start(1, new JobSpec.Stop(10_000)));
        all.put("start_attempt.destroy", start(1, new JobSpec.Destroy()));
        all.put("start_attempt.stop.idle", start(1, new JobSpec.Stop(10_000, "idle")));
        all.put("start_attempt.destroy.expired", start(1, new JobSpec.Destroy("expired")));
        all.put(
                "start_attempt.exec",
                start(
                        1,
                        new JobSpec.Exec(
                                List.of("sh", "-c", "exit 7"),
                                Map.of("LANG", "C.UTF-8"),
                                "/srv",
                                "user",
                                "hello\n".getBytes(StandardCharsets.UTF_8),
                                true,
                                60_000,
                                2_000,
                                1L << 30,
                                false)));
        all.put("cancel_attempt", CANCEL);
        all.put("signal_exec", new Command.SignalExec(HOST, JOB, 1, VM, "signal-01k9z0000000000000000000ee", 15));
        return all;
    }

    static Map<String, Event> events() {
        Map<String, Double> timing = new LinkedHashMap<>();
        timing.put("claim", 1.5);
        timing.put("run", 12.25);
        Map<String, Event> all = new LinkedHashMap<>();
        all.put("attempt_started", new Event.AttemptStarted(VM, 1, JOB, 1));
        all.put(
                "attempt_ended.exit",
                new Event.AttemptEnded(
                        VM,
                        1,
                        JOB,
                        1,
                        new Outcome(
                                JobState.FAILED,
                                new ExecResult(7, null, 4, 5, 3, 1234, 12),
                                null,
                                JobError.user("exit_code", "exited with 7", null),
                                timing),
                        null,
                        null));
        all.put(
                "attempt_ended.times",
                new Event.AttemptEnded(
                        VM,
                        1,
                        JOB,
                        1,
                        new Outcome(JobState.SUCCEEDED, new ExecResult(0, null, 4, 5, 3, 1234, 12), null, null, timing),
                        Instant.parse("2026-11-28T03:00:00.123456Z"),
                        Instant.parse("2026-11-28T03:00:01Z")));
        all.put(
                "attempt_ended.checkpoint",
                new Event.AttemptEnded(
                        VM,
                        1,
                        JOB,
                        1,
                        new Outcome(
                                JobState.SUCCEEDED,
                                null,
                                new CheckpointResult(CHECKPOINT, 61.5, 93_000_000),
                                null,
                                timing),
                        null,
                        null));
        all.put(
                "attempt_ended.lost",
                new Event.AttemptEnded(
                        VM,
                        2,
                        JOB,
                        1,
                        Outcome.ended(JobState.LOST, JobError.platform("vm_died", "the VMM ended")),
                        null,
                        null));
        all.put("vm_changed", new Event.VmChanged(VM, 1, VmObserved.FAILED, "VMM was killed"));
        all.put(
                "signal_answered",
                new Event.SignalAnswered(VM, 1, JOB, 1, "signal-01k9z0000000000000000000ee", true, null));
        return all;
    }

    static Stream<Map.Entry<String, Command>> commandEntries() {
        return commands().entrySet().stream();
    }

    static Stream<Map.Entry<String, Event>> eventEntries() {
        return events().entrySet().stream();
    }

    @ParameterizedTest
    @MethodSource("commandEntries")
    void commands_are_written_and_read_as_in_the_golden_file(Map.Entry<String, Command> entry) throws IOException {
        byte[] golden = golden(entry.getKey());
        ProducerRecord<byte[], byte[]> record = codec.encode(entry.getValue(), 5);

        assertThat(json.readTree(record.value())).isEqualTo(json.readTree(golden));
        assertThat(codec.command(record.headers(), golden))
                .usingRecursiveComparison()
                .isEqualTo(new Decoded.Value<>(entry.getValue()));
    }

    @ParameterizedTest
    @MethodSource("eventEntries")
    void events_are_written_and_read_as_in_the_golden_file(Map.Entry<String, Event> entry) throws IOException {
        byte[] golden = golden(entry.getKey());
        ProducerRecord<byte[], byte[]> record = codec.encode(entry.getValue(), 5);

        assertThat(json.readTree(record.value())).isEqualTo(json.readTree(golden));
        assertThat(codec.event(record.headers(), golden))
                .usingRecursiveComparison()
                .isEqualTo(new Decoded.Value<>(entry.getValue()));
    }

    @Test
    void every_type_of_command_and_event_has_a_golden_file() {
        Set<String> types = new TreeSet<>();
        commands().values().forEach(command -> types.add(command.getClass().getSimpleName()));
        events().values().forEach(event -> types.add(event.getClass().getSimpleName()));
        List<Class<?>> sealed = new ArrayList<>(List.of(Command.class.getPermittedSubclasses()));
        sealed.addAll(List.of(Event.class.getPermittedSubclasses()));
        assertThat(types)
                .containsExactlyInAnyOrderElementsOf(
                        sealed.stream().map(Class::getSimpleName).toList());
    }

    @Test
    void a_field_that_a_newer_writer_added_is_ignored() throws IOException {
        String newer =
                new String(golden("cancel_attempt"), StandardCharsets.UTF_8).replace("{", "{\"reason\":\"new\",");
        var record = codec.encode(CANCEL, 0);
        assertThat(codec.command(record.headers(), newer.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new Decoded.Value<>(CANCEL));
    }

    @Test
    void another_version_is_unreadable_and_names_the_job_it_would_have_been_for() {
        var record = codec.encode(CANCEL, 0);
        record.headers().remove(RecordCodec.HEADER_VERSION);
        record.headers().add(RecordCodec.HEADER_VERSION, "2".getBytes(StandardCharsets.UTF_8));
        assertThat(codec.command(record.headers(), record.value()))
                .isEqualTo(new Decoded.Unreadable<>("version 2 is not 1", JOB));
    }

    @ParameterizedTest
    @MethodSource("garbage")
    void garbage_is_unreadable_and_never_throws(byte[] value) {
        var record = codec.encode(CANCEL, 0);
        assertThat(codec.command(record.headers(), value)).isInstanceOf(Decoded.Unreadable.class);
    }

    static Stream<byte[]> garbage() {
        return Stream.of(
                new byte[0],
                new byte[] {(byte) 0xff, (byte) 0xfe, 0},
                "[".repeat(100_000).getBytes(StandardCharsets.UTF_8),
                "{\"type\":\"format_disk\"}".getBytes(StandardCharsets.UTF_8),
                "{\"type\":\"cancel_attempt\",\"attempt\":\"many\"}".getBytes(StandardCharsets.UTF_8),
                "nul\u0000".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void the_first_record_of_a_fresh_partition_is_skipped() {
        var record = codec.prime(Topic.COMMANDS, 0);
        assertThat(codec.command(record.headers(), record.value())).isEqualTo(new Decoded.Skip<>());
        var output = codec.prime(Topic.OUTPUT, 0);
        assertThat(codec.output(output.headers(), output.value())).isEqualTo(new Decoded.Skip<>());
    }

    @Test
    void output_and_input_carry_their_bytes_untouched_and_their_address_in_headers() {
        ExecId exec = new ExecId(JOB, 2);
        byte[] bytes = {0, (byte) 0xff, 13, 10};
        for (Output output : List.of(
                new Output.Chunk(exec, dev.noid.schema.record.Stream.STDERR, 1L << 40, bytes),
                new Output.Gap(exec, dev.noid.schema.record.Stream.STDOUT, 5, 9),
                new Output.InputAck(exec, 10, 20, false))) {
            var record = codec.encode(output, 7);
            assertThat(record.partition()).isEqualTo(7);
            assertThat(codec.belongsTo(record.headers(), exec)).isTrue();
            assertThat(codec.belongsTo(record.headers(), new ExecId(JOB, 1))).isFalse();
            assertThat(codec.output(record.headers(), record.value()))
                    .usingRecursiveComparison()
                    .isEqualTo(new Decoded.Value<>(output));
        }
        Input input = new Input(HOST, exec, 12, bytes, true);
        var record = codec.encode(input, 1);
        assertThat(codec.input(record.headers(), record.value()))
                .usingRecursiveComparison()
                .isEqualTo(new Decoded.Value<>(input));
    }

    @Test
    void a_vms_log_is_addressed_by_the_vm_and_its_generation() {
        var record = codec.encode(
                new Output.Chunk(Output.log(VM, 12), dev.noid.schema.record.Stream.STDOUT, 3, new byte[1]), 7);
        assertThat(new String(
                        record.headers().lastHeader(RecordCodec.HEADER_EXEC).value(), StandardCharsets.UTF_8))
                .isEqualTo(VM + ".12");
        assertThat(codec.belongsTo(record.headers(), Output.log(VM, 12))).isTrue();
        assertThat(codec.belongsTo(record.headers(), Output.log(VM, 1))).isFalse();
    }

    private static Command start(int attempt, JobSpec spec) {
        return new Command.StartAttempt(HOST, JOB, attempt, TENANT, VM, 1, 3, spec);
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream in = GoldenRecordsTest.class.getResourceAsStream("/golden/v1/" + name + ".json")) {
            return Objects.requireNonNull(in, "no golden file for " + name).readAllBytes();
        }
    }
}
