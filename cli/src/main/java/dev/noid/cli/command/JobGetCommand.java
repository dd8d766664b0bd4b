package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.Job;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid job get`.
@Command(
        name = "get",
        description = "Show one job: how it ended and where its time went.",
        footerHeading = "%nExample:%n",
        footer = "  noid job get $$(noid job ls -q --limit 1)")
final class JobGetCommand implements Callable<Integer> {
    private static final int BAR = 30;
    private static final List<String> STEPS = List.of(
            "claim",
            "disk",
            "boot",
            "load",
            "layer",
            "pause",
            "save",
            "stand_still",
            "restore",
            "template",
            "claim_to_start",
            "run",
            "until_end",
            "output_flush",
            "resume",
            "durable",
            "keep",
            "replace",
            "still",
            "shutdown",
            "kill",
            "remove");

    private final Session session;

    @Parameters(paramLabel = "JOB", description = "Its id.")
    private String id = "";

    @Mixin
    private OutputOptions output = new OutputOptions();

    JobGetCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        JsonNode node = session.api().call(Call.get("/jobs/" + JobIds.checked(id)));
        Job job = session.api().read(node, Job.class);
        output.show(session, node, List.of(job.id()), () -> table(job));
        return 0;
    }

    private static Table table(Job job) {
        Table table = new Table("field", "value")
                .row("id", job.id())
                .row("kind", job.kind())
                .row("state", job.state())
                .row("vm", job.vm())
                .row("attempt", job.attempt());
        row(table, "command", job.argv() == null ? null : String.join(" ", job.argv()));
        row(table, "labels", job.labels() == null ? null : LabelWords.shown(job.labels()));
        row(table, "reason", job.reason());
        row(table, "position", job.position());
        row(table, "unresponsive", job.unresponsiveSince() == null ? null : "since " + job.unresponsiveSince());
        if (job.exec() != null) {
            table.row("exit", JobLsCommand.exit(job))
                    .row("stdout", Units.bytes(job.exec().stdoutBytes()))
                    .row("stderr", Units.bytes(job.exec().stderrBytes()))
                    .row("ran", Units.millis((double) job.exec().runMillis()));
        }
        if (job.error() != null) {
            table.row("error", job.error().code() + ": " + job.error().message());
            row(table, "hint", job.error().hint());
            table.row("fault", job.error().fault());
        }
        table.row("created", job.createdAt());
        row(table, "placed", job.placedAt());
        row(table, "started", job.startedAt());
        row(table, "ended", job.endedAt());
        timing(table, job);
        return table;
    }

    /// One row a step, with a bar as long as its share of the whole.
    private static void timing(Table table, Job job) {
        if (job.timing() == null || job.timing().isEmpty()) {
            return;
        }
        double most = Math.max(
                0.001,
                job.timing().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .max()
                        .orElse(1));
        // The database keeps no order of keys.
        job.timing().entrySet().stream()
                .sorted(Comparator.comparingInt(step -> place(step.getKey())))
                .forEach(step -> table.row(
                        "time " + step.getKey(),
                        String.format(Locale.ROOT, "%10s  ", Units.millis(step.getValue()))
                                + "█".repeat((int) Math.round(BAR * Math.max(0, step.getValue()) / most))));
    }

    private static int place(String step) {
        int known = STEPS.indexOf(step);
        return step.equals("total") ? Integer.MAX_VALUE : known < 0 ? STEPS.size() : known;
    }

    private static void row(Table table, String field, @Nullable Object value) {
        if (value != null) {
            table.row(field, value);
        }
    }
}
