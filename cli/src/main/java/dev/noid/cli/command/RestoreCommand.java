package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.Names;
import dev.noid.schema.api.Job;
import dev.noid.schema.api.RestoreVm;
import dev.noid.schema.job.CheckpointResult;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid restore`.
@Command(
        name = "restore",
        description = {
            "Put a VM back to a checkpoint, memory and disk, under the same name.",
            "What runs now is kept first, so that the way leads forward again too. Prints the VM's name."
        },
        footerHeading = "%nExample:%n",
        footer = {"  noid restore web before", "  noid restore web/before --no-keep", "  noid restore web ck-01k8x3ab"})
final class RestoreCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", arity = "0..1", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable String first;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "CHECKPOINT",
            description =
                    "Its id, the beginning of that, its label, or VM/LABEL; the newest one asked for when missing.")
    private @Nullable String second;

    @Option(names = "--no-keep", description = "Do not keep what runs now; it is gone then.")
    private boolean noKeep;

    @Option(names = "--no-wait", description = "Do not wait until it is done; prints the job's id.")
    private boolean noWait;

    @Mixin
    private OutputOptions output = new OutputOptions();

    RestoreCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        boolean alone = second == null && first != null && (first.contains("/") || CheckpointRef.looksLikeId(first));
        @Nullable String checkpoint = alone ? first : second;
        String vm = vm(alone ? null : first, checkpoint);
        RestoreVm body = new RestoreVm(checkpoint, noKeep ? false : null);
        Jobs jobs = new Jobs(session.api());
        JsonNode node =
                session.api().callPatiently(Call.post("/vms/" + vm + "/restore", body, noWait ? 0 : Jobs.POLL_SECONDS));
        JsonNode last = noWait ? node : jobs.ended(node);
        Job job = jobs.succeeded(session.api().read(last, Job.class));
        output.showOrName(session, last, noWait ? job.id() : job.vm(), () -> table(job));
        return 0;
    }

    /// `vm/label` says which VM it is.
    private String vm(@Nullable String named, @Nullable String checkpoint) {
        if (checkpoint == null || Names.valid(checkpoint)) {
            return session.settings().vm(named);
        }
        CheckpointRef ref = CheckpointRef.of(checkpoint);
        return named == null && checkpoint.contains("/")
                ? ref.vm(session)
                : session.settings().vm(named);
    }

    private static Table table(Job job) {
        CheckpointResult result = job.checkpoint();
        Table table = new Table("vm", "state", "kept as", "pause", "total");
        return result == null
                ? table.row(job.vm(), job.state(), "-", "-", JobLsCommand.took(job))
                : table.row(
                        job.vm(),
                        job.state(),
                        result.checkpoint() == null ? "-" : result.checkpoint(),
                        Units.millis(result.pauseMillis()),
                        JobLsCommand.took(job));
    }
}
