package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.print.Escapes;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.Names;
import dev.noid.schema.api.CreateCheckpoint;
import dev.noid.schema.api.Job;
import dev.noid.schema.job.CheckpointResult;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid checkpoint create`.
@Command(
        name = "create",
        description = "Keep memory, disk and devices of a running VM as they are now; it goes on. Prints the id.",
        footerHeading = "%nExample:%n",
        footer = {"  noid checkpoint create web --label before --pin", "  checkpoint=$$(noid checkpoint create web)"})
final class CheckpointCreateCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable String vm;

    @Option(
            names = "--label",
            paramLabel = "LABEL",
            description = "A name of its own among those of the VM; not the K=V of VMs and jobs.")
    private @Nullable String label;

    @Option(names = "--pin", description = "No policy removes it.")
    private boolean pin;

    @Mixin
    private OutputOptions output = new OutputOptions();

    CheckpointCreateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (label != null && (!Names.valid(label) || CheckpointRef.looksLikeId(label))) {
            throw Failure.usage(
                    "'" + Escapes.visible(label) + "' can't be a label",
                    "lower-case letters, digits and inner dashes, at most 63, not beginning with ck-, e.g. before-upgrade");
        }
        Jobs jobs = new Jobs(session.api());
        CreateCheckpoint body = new CreateCheckpoint(label, pin ? true : null);
        String path = "/vms/" + session.settings().vm(vm) + "/checkpoints";
        JsonNode node = jobs.ended(session.api().callPatiently(Call.post(path, body, Jobs.POLL_SECONDS)));
        Job job = jobs.succeeded(session.api().read(node, Job.class));
        CheckpointResult made = job.checkpoint();
        if (made == null || made.checkpoint() == null) {
            throw Failure.failed("job " + job.id() + " names no checkpoint", "noid checkpoint ls " + job.vm());
        }
        output.showOrName(session, node, made.checkpoint(), () -> table(job, made));
        return 0;
    }

    private Table table(Job job, CheckpointResult made) {
        return new Table("id", "label", "pause", "total", "size")
                .row(
                        String.valueOf(made.checkpoint()),
                        label == null ? "-" : label,
                        Units.millis(made.pauseMillis()),
                        JobLsCommand.took(job),
                        Units.bytes(made.bytes()));
    }
}
