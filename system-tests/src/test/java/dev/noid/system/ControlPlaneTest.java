package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Json;
import dev.noid.schema.job.JobSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The control plane with VMs that are mere processes: submit, wait, cancel, order, room.
class ControlPlaneTest {
    private static Stack stack;

    @BeforeAll
    static void up() {
        stack = Stack.up("stub", Map.of("NOID_MEMORY", "1024"));
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    /// One that failed would otherwise leave no room for the next.
    @AfterEach
    void remove_all() {
        stack.http().get("/vms").json().path("items").findValuesAsString("name").forEach(ControlPlaneTest::remove);
    }

    @Test
    void the_same_create_with_one_key_twenty_times_at_once_makes_one_vm() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Http.Reply>> posts = IntStream.range(0, 20)
                    .<Callable<Http.Reply>>mapToObj(_ -> () -> stack.http()
                            .send("POST", "/vms", "{\"name\":\"once\"}", Map.of("Idempotency-Key", "\"key-1\"")))
                    .toList();
            Set<String> jobs = new HashSet<>();
            for (var reply : threads.invokeAll(posts)) {
                assertThat(reply.get().status()).as(reply.get().toString()).isEqualTo(202);
                jobs.add(reply.get().json().path("id").asString());
            }
            assertThat(jobs).hasSize(1);
            stack.http().ended(jobs.iterator().next(), Duration.ofSeconds(20));
        }
        assertThat(stack.http().get("/vms").json().path("items").findValuesAsString("name"))
                .contains("once");
        assertThat(stack.http()
                        .send("POST", "/vms", "{\"name\":\"twice\"}", Map.of("Idempotency-Key", "\"key-1\""))
                        .status())
                .isEqualTo(422);
    }

    @Test
    void many_execs_at_once_get_each_its_own_result() throws Exception {
        created("{\"name\":\"many-0\"}");
        created("{\"name\":\"many-1\"}");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Http.Reply>> posts = IntStream.range(0, 96)
                    .<Callable<Http.Reply>>mapToObj(i -> () -> stack.http()
                            .postAndWait(
                                    // Every third to a VM that is not there.
                                    "/vms/many-" + i % 3 + "/exec",
                                    "{\"argv\":[\"sh\",\"-c\",\"echo out " + i + "; echo err " + i + " >&2; exit "
                                            + i % 5 + "\"]}"))
                    .toList();
            var replies = threads.invokeAll(posts);
            for (int i = 0; i < replies.size(); i++) {
                Http.Reply reply = replies.get(i).get();
                if (i % 3 == 2) {
                    assertThat(reply.status()).as(reply.toString()).isEqualTo(404);
                    continue;
                }
                assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
                JsonNode job = reply.json();
                assertThat(job.path("vm").asString()).isEqualTo("many-" + i % 3);
                assertThat(job.at("/exec/exitCode").asInt()).isEqualTo(i % 5);
                assertThat(job.at("/output/stdout").asString()).isEqualTo("out " + i + "\n");
                assertThat(job.at("/output/stderr").asString()).isEqualTo("err " + i + "\n");
                // What was replied is what the rows say.
                JsonNode row =
                        stack.http().get("/jobs/" + job.path("id").asString()).json();
                for (String field :
                        List.of("state", "exec", "createdAt", "placedAt", "startedAt", "endedAt", "timing")) {
                    assertThat(job.path(field)).as(field).isEqualTo(row.path(field));
                }
            }
        }
    }

    @Test
    void the_same_exec_with_one_key_twenty_times_at_once_runs_once() throws Exception {
        created("{\"name\":\"keyed\"}");
        String body = "{\"argv\":[\"sh\",\"-c\",\"echo ran >> ran; cat ran\"]}";
        Map<String, String> headers = Map.of("Idempotency-Key", "\"key-exec\"", "Prefer", "wait=60");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Http.Reply>> posts = IntStream.range(0, 20)
                    .<Callable<Http.Reply>>mapToObj(
                            _ -> () -> stack.http().send("POST", "/vms/keyed/exec", body, headers))
                    .toList();
            Set<String> jobs = new HashSet<>();
            for (var reply : threads.invokeAll(posts)) {
                assertThat(reply.get().status()).as(reply.get().toString()).isEqualTo(200);
                jobs.add(reply.get().json().path("id").asString());
                assertThat(reply.get().json().at("/output/stdout").asString())
                        .as(reply.get().toString())
                        .isEqualTo("ran\n");
            }
            assertThat(jobs).hasSize(1);
        }
        assertThat(stack.http()
                        .send("POST", "/vms/keyed/exec", "{\"argv\":[\"true\"]}", headers)
                        .status())
                .isEqualTo(422);
    }

    @Test
    void an_exec_that_takes_a_while_is_replied_with_all_it_said() {
        created("{\"name\":\"slow\"}");
        JsonNode job = stack.http()
                .postAndWait("/vms/slow/exec", "{\"argv\":[\"sh\",\"-c\",\"echo one; sleep 2; echo two; exit 3\"]}")
                .json();
        assertThat(job.at("/exec/exitCode").asInt()).isEqualTo(3);
        assertThat(job.at("/output/stdout").asString()).isEqualTo("one\ntwo\n");
    }

    @Test
    void a_create_without_room_waits_and_starts_when_room_appears() {
        created("{\"name\":\"big\",\"memoryMib\":900}");
        String waiting = stack.http()
                .post("/vms", "{\"name\":\"next\",\"memoryMib\":900}")
                .json()
                .path("id")
                .asString();
        JsonNode job = stack.http().get("/jobs/" + waiting + "?wait=2").json();
        assertThat(job.path("state").asString()).isEqualTo("queued");
        assertThat(job.has("position")).isTrue();
        remove("big");
        assertThat(stack.http()
                        .ended(waiting, Duration.ofSeconds(20))
                        .path("state")
                        .asString())
                .isEqualTo("succeeded");
    }

    @Test
    void a_record_that_cannot_be_parsed_goes_to_the_dead_letters_and_fails_the_job_it_names() throws Exception {
        created("{\"name\":\"dead\"}");
        Map<String, Object> broker = Map.of("bootstrap.servers", "127.0.0.1:" + stack.port("broker"));
        String victim = "job-00000000000000000000000bad";
        // A gateway that stands still right after its commit: the job is placed, its command was never sent.
        stack.freeze("gateway");
        try (var producer = new KafkaProducer<>(broker, new ByteArraySerializer(), new ByteArraySerializer())) {
            insertPlacedExec(victim, "dead");
            for (int partition : partitions(producer)) {
                producer.send(broken(partition, victim)).get(10, TimeUnit.SECONDS);
            }
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> deadLetters(broker).contains("{broken"));
        } finally {
            stack.thaw("gateway");
        }
        JsonNode ended = stack.http().ended(victim, Duration.ofSeconds(30));
        assertThat(ended.path("state").asString()).as(ended.toString()).isEqualTo("failed");
        assertThat(ended.at("/error/code").asString()).isEqualTo("bad_command");
    }

    @Test
    void a_cancelled_exec_is_killed_and_says_so() {
        created("{\"name\":\"cancel\"}");
        String job = stack.http()
                .post("/vms/cancel/exec", "{\"argv\":[\"sleep\",\"600\"]}")
                .json()
                .path("id")
                .asString();
        stack.http().post("/jobs/" + job + "/cancel", "{}");
        assertThat(stack.http().ended(job, Duration.ofSeconds(20)).path("state").asString())
                .isEqualTo("cancelled");
    }

    @Test
    void output_beyond_its_limit_ends_the_exec_and_is_never_cut_silently() {
        created("{\"name\":\"flood\"}");
        var reply = stack.http().postAndWait("/vms/flood/exec", "{\"argv\":[\"yes\"],\"outputLimitBytes\":100000}");
        assertThat(reply.json().path("state").asString()).isEqualTo("failed");
        assertThat(reply.json().at("/error/code").asString()).isEqualTo("output_limit");
    }

    @Test
    void output_that_retention_has_removed_is_a_gap_and_nobody_waits_for_it() throws Exception {
        created("{\"name\":\"old\"}");
        JsonNode job = stack.http()
                .postAndWait("/vms/old/exec", "{\"argv\":[\"echo\",\"hello\"]}")
                .json();
        TopicPartition partition =
                new TopicPartition("noid.output", job.at("/exec/partition").asInt());
        try (Admin admin =
                Admin.create(Map.<String, Object>of("bootstrap.servers", "127.0.0.1:" + stack.port("broker")))) {
            var all = Map.of(partition, RecordsToDelete.beforeOffset(-1));
            admin.deleteRecords(all).all().get(10, TimeUnit.SECONDS);
        }
        long begin = System.nanoTime();
        List<String> said = stack.http()
                .get("/jobs/" + job.path("id").asString() + "/output")
                .response()
                .body()
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        assertThat(said).hasSize(2);
        assertThat(said.getFirst()).contains("\"gap\"").contains("\"to\":6");
        assertThat(said.getLast()).contains("\"ended\"");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void a_start_that_was_asked_for_while_the_stop_went_on_is_what_is_meant() {
        created("{\"name\":\"again\"}");
        stack.http().post("/vms/again/exec", "{\"argv\":[\"sh\",\"-c\",\"trap '' TERM; while :; do sleep 1; done\"]}");
        String stop = stack.http()
                .post("/vms/again/stop", "{\"graceSeconds\":3}")
                .json()
                .path("id")
                .asString();
        var start = stack.http().post("/vms/again/start", "{}");
        assertThat(start.status()).as(start.toString()).isEqualTo(202);
        stack.http().ended(stop, Duration.ofSeconds(20));
        JsonNode started = stack.http().ended(start.json().path("id").asString(), Duration.ofSeconds(20));
        assertThat(started.path("state").asString()).as(started.toString()).isEqualTo("succeeded");
        assertThat(stack.http()
                        .postAndWait("/vms/again/exec", "{\"argv\":[\"true\"]}")
                        .status())
                .isEqualTo(200);
        assertThat(stack.http().get("/vms/again").json().path("desired").asString())
                .isEqualTo("running");
    }

    @Test
    void two_stacks_side_by_side_do_not_see_each_other() {
        created("{\"name\":\"here\"}");
        try (Stack other = Stack.up("stub")) {
            assertThat(other.uri()).isNotEqualTo(stack.uri());
            assertThat(other.http().get("/vms/here").status()).isEqualTo(404);
            assertThat(new Http(other.uri(), stack.token()).get("/vms").status())
                    .isEqualTo(401);
        }
    }

    private static void insertPlacedExec(String job, String vm) throws Exception {
        String password = Files.readString(stack.data().resolve("secrets/noid_gateway-password"))
                .strip();
        String url = "jdbc:postgresql://127.0.0.1:" + stack.port("postgres") + "/postgres";
        try (var connection = DriverManager.getConnection(url, "noid_gateway", password);
                var insert = connection.prepareStatement("""
                        INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec, attempt, host_id, generation, placed_at)
                        SELECT ?, tenant_id, id, 'exec', 'placed', ?::jsonb, 1, host_id, generation, now()
                        FROM vms WHERE name = ?""")) {
            insert.setString(1, job);
            insert.setString(
                    2,
                    Json.records()
                            .writeValueAsString(new JobSpec.Exec(
                                    List.of("true"), Map.of(), null, null, null, false, 0, 1000, 1000, false)));
            insert.setString(3, vm);
            assertThat(insert.executeUpdate()).isEqualTo(1);
        }
    }

    private static ProducerRecord<byte[], byte[]> broken(int partition, String job) {
        var record = new ProducerRecord<byte[], byte[]>("noid.commands", partition, null, bytes("{broken"));
        record.headers().add("noid-version", bytes("1"));
        record.headers().add("noid-type", bytes("start_attempt"));
        record.headers().add("noid-job", bytes(job));
        return record;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// Values on the dead-letter topic, each of which says its reason.
    private static List<String> deadLetters(Map<String, Object> broker) {
        TopicPartition dead = new TopicPartition("dlq.noid.commands", 0);
        List<String> values = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(broker, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(dead));
            consumer.seekToBeginning(List.of(dead));
            long end = Objects.requireNonNull(consumer.endOffsets(List.of(dead)).get(dead));
            while (consumer.position(dead) < end) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    if (record.headers().lastHeader("noid-reason") != null) {
                        values.add(new String(record.value(), StandardCharsets.UTF_8));
                    }
                }
            }
        }
        return values;
    }

    private static List<Integer> partitions(KafkaProducer<byte[], byte[]> producer) {
        return producer.partitionsFor("noid.commands").stream()
                .map(info -> info.partition())
                .toList();
    }

    private static void created(String body) {
        var reply = stack.http().postAndWait("/vms", body);
        assertThat(reply.status()).as(reply + stack.logs()).isEqualTo(201);
    }

    private static void remove(String name) {
        var reply = stack.http().send("DELETE", "/vms/" + name, null, Map.of("Prefer", "wait=20"));
        assertThat(reply.json().path("state").asString()).as(reply.toString()).isEqualTo("succeeded");
    }
}
