package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Json;
import dev.noid.schema.api.OutputLine;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.vm.LiveVm;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// The worker dies at every point where something was begun and not yet said. Afterwards each job is over or
/// goes on by itself, and nothing is left over. The points are an enum; one that is never hit fails here. Those of
/// checkpoint, restore and fork are gone through by [CheckpointFaultTest].
class CrashPointsTest {
    private static Stack stack;
    private static Path crashAt;
    private static int memoryMib = 100;

    @BeforeAll
    static void up() {
        Stack prepared = Stack.prepare("stub", Map.of());
        crashAt = prepared.directory().resolve("crash-at");
        prepared.environment().put("NOID_CRASH_POINT", crashAt.toString());
        prepared.start();
        stack = prepared;
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "^(CREATE|EXEC|STOP|DESTROY)_.*")
    void a_worker_killed_there_leaves_nothing_behind_and_every_job_ends(CrashPoint point) throws IOException {
        Files.writeString(crashAt, point.name());
        Http http = stack.http();
        String vm = "/vms/" + point.name().toLowerCase(Locale.ROOT).replace('_', '-');
        // A shape of its own: the first VM of a shape boots, later ones are restores of its template.
        String body = "{\"name\":\"%s\",\"memoryMib\":%d}".formatted(vm.substring(5), memoryMib++);
        ended(http.post("/vms", body), "succeeded");
        JsonNode exec = ended(
                http.post(vm + "/exec", "{\"argv\":[\"sh\",\"-c\",\"echo once; echo once >> ran; exit 5\"]}"),
                "failed");
        assertThat(exec.at("/exec/exitCode").asInt()).isEqualTo(5);
        assertThat(output(http, exec)).isEqualTo("once\n");
        JsonNode ran = ended(http.post(vm + "/exec", "{\"argv\":[\"cat\",\"ran\"]}"), "succeeded");
        assertThat(output(http, ran)).as("how often it ran").isEqualTo("once\n");
        ended(http.post(vm + "/stop", "{}"), "succeeded");
        ended(http.post(vm + "/start", "{}"), "succeeded");
        ended(http.delete(vm), "succeeded");

        assertThat(crashAt).as("%s was never hit", point).doesNotExist();
        // The row says destroyed before a worker that was killed right then has come back: wait for it to have swept.
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(directoriesOfVms()).isEmpty();
            assertThat(Processes.mentioning(stack.data().resolve("vms").toString()))
                    .isEmpty();
        });
        assertThat(http.get("/vms").json().path("items")).isEmpty();
    }

    /// What a VM's execs hold, its worker knows from its own memory: their places, and which of them the agent was
    /// told to forget (it has room for 256). The next worker has to know it again.
    @Test
    void the_execs_of_a_vm_keep_their_places_and_are_forgotten_whichever_worker_began_them() throws IOException {
        Http http = stack.http();
        ended(http.post("/vms", "{\"name\":\"many\"}"), "succeeded");
        ended(http.post("/vms", "{\"name\":\"other\"}"), "succeeded");
        ended(http.post("/vms/many/exec", "{\"argv\":[\"mkfifo\",\"gate\"]}"), "succeeded");
        Path gate = find("gate");
        List<String> first = begin(http, LiveVm.EXECS);
        Files.writeString(crashAt, CrashPoint.EXEC_AFTER_ROW.name());
        open(gate);
        first.forEach(job -> http.ended(job, Duration.ofSeconds(60)));
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(crashAt).as("no exec has ended").doesNotExist());

        List<String> second = begin(http, LiveVm.EXECS);
        long worker = stack.pid("worker");
        stack.kill("worker");
        awaitOther(worker);
        // The new worker has taken over what was open before it takes a command.
        ended(http.post("/vms/other/exec", "{\"argv\":[\"true\"]}"), "succeeded");
        String next = id(http.post("/vms/many/exec", "{\"argv\":[\"true\"]}"));
        JsonNode waits = http.get("/jobs/" + next + "?wait=2").json();
        assertThat(waits.path("state").asString()).as(waits.toString()).isEqualTo("placed");
        open(gate);
        for (String job : second) {
            assertThat(http.ended(job, Duration.ofSeconds(60)).path("state").asString())
                    .isEqualTo("succeeded");
        }
        assertThat(http.ended(next, Duration.ofSeconds(30)).path("state").asString())
                .isEqualTo("succeeded");
        ended(http.delete("/vms/many"), "succeeded");
        ended(http.delete("/vms/other"), "succeeded");
    }

    /// Execs that wait until their gate is opened; returns once all of them run.
    private static List<String> begin(Http http, int count) {
        List<String> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(id(http.post("/vms/many/exec", "{\"argv\":[\"cat\",\"gate\"]}")));
        }
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(
                        http.get("/jobs?vm=many&state=running&limit=200").json().path("items"))
                .hasSize(count));
        return jobs;
    }

    private static String id(Http.Reply submitted) {
        assertThat(submitted.status()).as(submitted.toString()).isEqualTo(202);
        return submitted.json().path("id").asString();
    }

    /// Who waits to read it is let in, and reads its end.
    private static void open(Path gate) throws IOException {
        new RandomAccessFile(gate.toFile(), "rw").close();
    }

    private static Path find(String name) throws IOException {
        try (Stream<Path> files = Files.walk(stack.data().resolve("vms"))) {
            return files.filter(file -> file.endsWith(name)).findFirst().orElseThrow();
        }
    }

    private static void awaitOther(long before) {
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> stack.pid("worker") != before);
    }

    private static JsonNode ended(Http.Reply submitted, String state) {
        assertThat(submitted.status()).as(submitted.toString()).isEqualTo(202);
        JsonNode ended = stack.http().ended(submitted.json().path("id").asString(), Duration.ofSeconds(60));
        assertThat(ended.path("state").asString())
                .as("%s\n%s", ended, stack.logs())
                .isEqualTo(state);
        return ended;
    }

    /// stdout as a reader of `/jobs/{id}/output` puts it together.
    private static String output(Http http, JsonNode job) {
        StringBuilder text = new StringBuilder();
        http.get("/jobs/" + job.path("id").asString() + "/output")
                .response()
                .body()
                .lines()
                .filter(line -> line.contains("\"chunk\""))
                .map(line -> Json.records().readValue(line, OutputLine.Chunk.class))
                .forEach(chunk -> {
                    assertThat(chunk.offset()).isEqualTo(text.length());
                    text.append(new String(chunk.base64(), StandardCharsets.UTF_8));
                });
        return text.toString();
    }

    private static List<Path> directoriesOfVms() throws IOException {
        try (Stream<Path> files = Files.list(stack.data().resolve("vms"))) {
            return files.toList();
        }
    }
}
