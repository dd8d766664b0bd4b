package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.cli.settings.Settings;
import dev.noid.schema.api.Job;
import dev.noid.schema.job.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `noid job ls`.
@Command(
        name = "ls",
        description = "List jobs, newest first.",
        footerHeading = "%nExample:%n",
        footer = {"  noid job ls --vm web --state running", "  noid job ls -q --limit 1"})
final class JobLsCommand extends Listing<Job> {
    @Option(names = "--vm", paramLabel = "VM", description = "Only those of this VM.")
    private @Nullable String vm;

    @Option(names = "--state", paramLabel = "STATE", description = "Only those in this state, e.g. running.")
    private @Nullable String state;

    @Option(
            names = {"-l", "--label"},
            paramLabel = "K[=V]",
            description = "Only those with this label; any number of them.")
    private List<String> labels = List.of();

    @Option(names = "--limit", paramLabel = "N", description = "At most so many (50).")
    private int limit = 50;

    JobLsCommand(Session session) {
        super(session, Job.class, Job::id);
    }

    @Override
    String path() {
        if (limit < 1) {
            throw Failure.usage("--limit is " + limit + ", which lists nothing", "e.g. --limit 50");
        }
        StringBuilder path = new StringBuilder("/jobs?limit=" + Math.min(limit, 100));
        if (vm != null) {
            path.append("&vm=").append(Settings.checkedName(vm));
        }
        if (state != null) {
            path.append("&state=").append(checked(state));
        }
        String query = LabelWords.query(labels);
        return query.isEmpty()
                ? path.toString()
                : path.append('&').append(query).toString();
    }

    @Override
    int limit() {
        return limit;
    }

    private static String checked(String state) {
        List<String> known =
                Arrays.stream(JobState.values()).map(JobState::toString).toList();
        if (!known.contains(state)) {
            throw Failure.usage("'" + state + "' is no state of a job", "known are " + String.join(", ", known));
        }
        return state;
    }

    @Override
    Table table(List<Job> jobs) {
        Instant now = Instant.now();
        Table table = new Table("id", "kind", "vm", "state", "exit", "age", "took", "command");
        jobs.forEach(job -> table.row(
                job.id(),
                job.kind(),
                job.vm(),
                job.state(),
                exit(job),
                Units.age(job.createdAt(), now),
                took(job),
                job.argv() == null ? "-" : shortened(String.join(" ", job.argv()))));
        return table;
    }

    static String exit(Job job) {
        if (job.exec() == null) {
            return "-";
        }
        return job.exec().exitCode() != null
                ? job.exec().exitCode().toString()
                : job.exec().signal() == null ? "-" : job.exec().signal();
    }

    static String took(Job job) {
        Instant end = job.endedAt();
        return end == null
                ? "-"
                : Units.millis(Duration.between(job.createdAt(), end).toNanos() / 1e6);
    }

    private static String shortened(String command) {
        return command.length() <= 40 ? command : command.substring(0, 39) + "…";
    }
}
