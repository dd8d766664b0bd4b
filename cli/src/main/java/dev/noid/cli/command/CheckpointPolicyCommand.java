package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.CheckpointPolicy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid checkpoint policy`.
@Command(
        name = "policy",
        description = {
            "Set which checkpoints of a VM stay, from now on and instead of what was set before.",
            "Without a bound: show what is set."
        },
        footerHeading = "%nExample:%n",
        footer = {"  noid checkpoint policy web --keep-last 20 --max-age 7d", "  noid checkpoint policy web --unset"})
final class CheckpointPolicyCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable String vm;

    @Mixin
    private Retention retention = new Retention();

    @Option(names = "--unset", description = "All stay until they are removed by hand.")
    private boolean unset;

    @Mixin
    private OutputOptions output = new OutputOptions();

    CheckpointPolicyCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (unset && retention.given()) {
            throw Failure.usage("a bound and --unset together say nothing", "leave one out");
        }
        String path = "/vms/" + session.settings().vm(vm) + "/checkpoint-policy";
        JsonNode node = session.api()
                .callPatiently(unset || retention.given() ? Call.put(path, retention.policy(null)) : Call.get(path));
        output.show(session, node, List.of(), () -> table(session.api().read(node, CheckpointPolicy.class)));
        return 0;
    }

    private static Table table(CheckpointPolicy policy) {
        return new Table("bound", "value")
                .row("keep last", policy.keepLast() == null ? "-" : policy.keepLast())
                .row(
                        "max age",
                        policy.maxAgeSeconds() == null ? "-" : Units.span(Duration.ofSeconds(policy.maxAgeSeconds())))
                .row("max bytes", policy.maxBytes() == null ? "-" : Units.bytes(policy.maxBytes()));
    }
}
