package dev.noid.standalone.api;

import dev.noid.schema.Deadline;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Asks running VMs to shut down before the stack stops, so that their files are on their disks. What does not answer
/// in time is ended all the same, by its process.
public record VmStops(ApiClient api) {
    private static final Logger LOG = LoggerFactory.getLogger(VmStops.class);
    private static final Set<String> GOING = Set.of("running", "starting", "stopping");
    private static final int GRACE_SECONDS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int POLL_MILLIS = 50;

    /// Returns 5 s after the last one was asked at the latest, or when the API does not answer.
    public void stopAll() {
        try {
            List<String> running = names(Set.of("running"));
            for (String name : running) {
                api.send("POST", "/vms/" + name + "/stop", "{\"graceSeconds\":" + GRACE_SECONDS + "}");
            }
            // However many there are, the last one asked has its time too.
            Deadline deadline = Deadline.after(PATIENCE);
            while (!running.isEmpty() && !names(GOING).isEmpty() && !deadline.passed()) {
                Thread.sleep(POLL_MILLIS);
            }
            if (!running.isEmpty()) {
                LOG.info(
                        "vms asked to stop, count={} left={}",
                        running.size(),
                        names(GOING).size());
            }
        } catch (IOException e) {
            LOG.warn("vms can't be asked to stop: {}", e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> names(Set<String> observed) throws IOException {
        List<String> names = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = api.get("/vms?limit=100" + (cursor.isEmpty() ? "" : "&cursor=" + cursor))
                    .body();
            page.path("items")
                    .valueStream()
                    .filter(vm -> observed.contains(vm.path("observed").asString("")))
                    .map((JsonNode vm) -> vm.path("name").asString(""))
                    .forEach(names::add);
            cursor = URLEncoder.encode(page.path("nextCursor").asString(""), StandardCharsets.UTF_8);
        } while (!cursor.isEmpty());
        return names;
    }
}
