package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.worker.CrashPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The worker dies at every point where something was begun and not yet said. Afterwards each job is over or goes on by
/// itself, and nothing is left over. The points are an enum; one that is never hit fails here.
class CrashPointsTest {
    @ParameterizedTest
    @EnumSource(CrashPoint.class)
    void a_worker_killed_there_leaves_nothing_behind_and_every_job_ends(CrashPoint point) throws IOException {
        try (Stack stack = Stack.up("stub", Map.of("NOID_CRASH_POINT", point.name()))) {
            Http http = stack.http();
            String create = http.post("/vms", "{\"name\":\"web\"}").json().path("id").asString();
            assertEnded(stack, create, "succeeded");
            String exec = http.post("/vms/web/exec", "{\"argv\":[\"sh\",\"-c\",\"echo once; echo once >> ran; exit 5\"]}")
                    .json()
                    .path("id")
                    .asString();
            assertThat(assertEnded(stack, exec, "failed").at("/exec/exitCode").asInt())
                    .isEqualTo(5);
            assertThat(http.get("/jobs/" + exec + "/output").response().body().lines().filter(line -> line.contains("b25jZQo")))
                    .hasSize(1);
            var ran = http.postAndWait("/vms/web/exec", "{\"argv\":[\"cat\",\"ran\"]}");
            assertThat(ran.json().at("/output/stdout").asString()).isEqualTo("once\n");
            assertEnded(stack, http.post("/vms/web/stop", "{}").json().path("id").asString(), "succeeded");
            assertEnded(stack, http.post("/vms/web/start", "{}").json().path("id").asString(), "succeeded");
            assertEnded(stack, http.delete("/vms/web").json().path("id").asString(), "succeeded");

            assertThat(crashMarkers(stack)).as("%s was never hit\n%s", point, stack.logs()).isNotEmpty();
            assertThat(directoriesOfVms(stack)).isEmpty();
            assertThat(http.get("/vms").json().path("items")).isEmpty();
            assertThat(Processes.mentioning(stack.data().resolve("vms").toString())).isEmpty();
        }
    }

    private static tools.jackson.databind.JsonNode assertEnded(Stack stack, String job, String state) {
        var ended = stack.http().ended(job, Duration.ofSeconds(60));
        assertThat(ended.path("state").asString()).as("%s\n%s", ended, stack.logs()).isEqualTo(state);
        return ended;
    }

    private static List<Path> crashMarkers(Stack stack) throws IOException {
        try (Stream<Path> files = Files.walk(stack.data(), 2)) {
            return files.filter(file -> file.getFileName().toString().startsWith("crashed-")).toList();
        }
    }

    private static List<Path> directoriesOfVms(Stack stack) throws IOException {
        try (Stream<Path> files = Files.list(stack.data().resolve("vms"))) {
            return files.toList();
        }
    }
}
