package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Json;
import dev.noid.schema.api.OutputLine;
import dev.noid.worker.CrashPoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
