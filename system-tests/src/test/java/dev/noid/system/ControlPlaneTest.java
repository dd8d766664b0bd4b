package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
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
        assertThat(stack.http().get("/vms").json().path("items").findValuesAsString("name")).contains("once");
        assertThat(stack.http()
                        .send("POST", "/vms", "{\"name\":\"twice\"}", Map.of("Idempotency-Key", "\"key-1\""))
                        .status())
                .isEqualTo(422);
        remove("once");
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
        assertThat(stack.http().ended(waiting, Duration.ofSeconds(20)).path("state").asString())
                .isEqualTo("succeeded");
        remove("next");
    }

    @Test
    void a_record_that_cannot_be_parsed_goes_to_the_dead_letters_and_fails_the_job_it_names() {
        created("{\"name\":\"dead\"}");
        // The broker is away while the exec is submitted, so that its own command does not come before the garbage.
        stack.freeze("broker");
        String job;
        try {
            job = stack.http().post("/vms/dead/exec", "{\"argv\":[\"sleep\",\"0\"]}").json().path("id").asString();
        } finally {
            stack.thaw("broker");
        }
        stack.http().ended(job, Duration.ofSeconds(30));

        String victim = stack.http()
                .post("/vms/dead/exec", "{\"argv\":[\"sleep\",\"600\"]}")
                .json()
                .path("id")
                .asString();
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", "127.0.0.1:" + stack.port("broker")),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int partition : partitions(producer)) {
                var record = new ProducerRecord<byte[], byte[]>(
                        "noid.commands", partition, null, "{broken".getBytes(StandardCharsets.UTF_8));
                record.headers().add("noid-version", "1".getBytes(StandardCharsets.UTF_8));
                record.headers().add("noid-type", "start_attempt".getBytes(StandardCharsets.UTF_8));
                record.headers().add("noid-job", victim.getBytes(StandardCharsets.UTF_8));
                producer.send(record);
            }
            producer.flush();
        }
        JsonNode ended = stack.http().ended(victim, Duration.ofSeconds(20));
        assertThat(ended.path("state").asString()).isEqualTo("failed");
        assertThat(ended.at("/error/code").asString()).isEqualTo("bad_command");
        remove("dead");
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
        remove("cancel");
    }

    @Test
    void output_beyond_its_limit_ends_the_exec_and_is_never_cut_silently() {
        created("{\"name\":\"flood\"}");
        var reply = stack.http()
                .postAndWait("/vms/flood/exec", "{\"argv\":[\"yes\"],\"outputLimitBytes\":100000}");
        assertThat(reply.json().path("state").asString()).isEqualTo("failed");
        assertThat(reply.json().at("/error/code").asString()).isEqualTo("output_limit");
        remove("flood");
    }

    @Test
    void two_stacks_side_by_side_do_not_see_each_other() {
        created("{\"name\":\"here\"}");
        try (Stack other = Stack.up("stub")) {
            assertThat(other.uri()).isNotEqualTo(stack.uri());
            assertThat(other.http().get("/vms/here").status()).isEqualTo(404);
            assertThat(new Http(other.uri(), stack.token()).get("/vms").status()).isEqualTo(401);
        }
        remove("here");
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
