package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Whose checkpoints are meant: one VM's, or all there are.
final class CheckpointOwner {
    @Parameters(arity = "0..1", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable String vm;

    @Option(
            names = {"-a", "--all"},
            description = "Those of all VMs, destroyed ones too.")
    private boolean all;

    String list(Session session) {
        return of(session, "/checkpoints", "/vms/%s/checkpoints");
    }

    String usage(Session session) {
        return of(session, "/checkpoints/usage", "/checkpoints/usage?vm=%s");
    }

    private String of(Session session, String everybody, String one) {
        if (all && vm != null) {
            throw Failure.usage("a VM and --all together say nothing", "leave one out");
        }
        return all ? everybody : String.format(one, session.settings().vm(vm));
    }
}
