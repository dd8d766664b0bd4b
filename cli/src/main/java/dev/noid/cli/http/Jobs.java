package dev.noid.cli.http;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.schema.api.Job;
import dev.noid.schema.job.JobError;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Asking for work and waiting for it.
public final class Jobs {
    /// One long poll. The gateway's own limit is higher; a proxy's may not be.
    public static final int POLL_SECONDS = 25;

    private final Api api;

    public Jobs(Api api) {
        this.api = api;
    }

    /// Asks, and waits until the job has ended or been accepted.
    public Job submit(Call call, boolean wait) {
        JsonNode job = api.callPatiently(call);
        return api.read(wait ? ended(job) : job, Job.class);
    }

    public Job ended(Job job) {
        Job now = job;
        while (!now.state().terminal()) {
            now = api.read(poll(job.id()), Job.class);
        }
        return now;
    }

    private JsonNode poll(String id) {
        return api.callPatiently(Call.get("/jobs/" + id + "?wait=" + POLL_SECONDS));
    }

    /// The job as the API says it, once it has ended.
    public JsonNode ended(JsonNode job) {
        JsonNode now = job;
        while (!api.read(now, Job.class).state().terminal()) {
            now = poll(job.path("id").asString());
        }
        return now;
    }

    /// The job, or the failure it ended with.
    public Job succeeded(Job job) {
        return switch (job.state()) {
            case SUCCEEDED, QUEUED, PLACED, RUNNING, RETRY_WAIT, CANCELLING -> job;
            case FAILED, CANCELLED, TIMED_OUT, LOST -> throw failure(job);
        };
    }

    public static Failure failure(Job job) {
        JobError error = job.error();
        return error == null
                ? new Failure(ExitCode.FAILED, job.kind() + " of " + job.vm() + " is " + job.state(), null)
                : new Failure(ExitCode.FAILED, error.message(), error.hint(), error.code());
    }

    /// All pages of a list, up to `limit` items.
    public List<JsonNode> list(String path, int limit) {
        List<JsonNode> items = new ArrayList<>();
        String cursor = "";
        do {
            String separator = path.contains("?") ? "&" : "?";
            JsonNode page = api.call(Call.get(cursor.isEmpty() ? path : path + separator + "cursor=" + cursor));
            api.items(page).forEach(items::add);
            cursor = java.net.URLEncoder.encode(
                    page.path("nextCursor").asString(""), java.nio.charset.StandardCharsets.UTF_8);
        } while (!cursor.isEmpty() && items.size() < limit);
        return items.size() <= limit ? items : items.subList(0, limit);
    }
}
