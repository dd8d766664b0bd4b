package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.http.Api;
import dev.noid.cli.http.Jobs;
import dev.noid.schema.api.Fork;
import dev.noid.schema.api.Job;
import dev.noid.schema.job.JobState;
import java.util.List;

/// The forks of one request, each with a fate of its own.
record Forks(Api api, Fork said) {
    /// Waits until each has come to its end.
    Fork ended() {
        List<Fork.Item> items = said.items().stream().map(this::ended).toList();
        int failed = (int) items.stream().filter(Forks::failed).count();
        return new Fork(said.checkpoint(), items, items.size() - failed, failed);
    }

    private Fork.Item ended(Fork.Item item) {
        return item.job() == null ? item : new Fork.Item(item.name(), new Jobs(api).ended(item.job()), item.problem());
    }

    static boolean failed(Fork.Item item) {
        Job job = item.job();
        return job == null || (job.state().terminal() && job.state() != JobState.SUCCEEDED);
    }

    /// What a person calls it: a fork whose job is done runs.
    static String state(Fork.Item item) {
        Job job = item.job();
        return job == null
                ? "refused"
                : job.state() == JobState.SUCCEEDED ? "running" : job.state().toString();
    }

    /// Of one whose job ended otherwise.
    static Failure failure(Fork.Item item) {
        return item.job() == null ? Failure.failed("it was refused", null) : Jobs.failure(item.job());
    }
}
