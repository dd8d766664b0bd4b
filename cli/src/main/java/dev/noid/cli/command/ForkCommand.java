package dev.noid.cli.command;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.print.Table;
import dev.noid.cli.settings.Settings;
import dev.noid.schema.Json;
import dev.noid.schema.api.Fork;
import dev.noid.schema.api.ForkVm;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `noid fork`.
@Command(
        name = "fork",
        description = {
            "Make new VMs that go on where a checkpoint was made, or where a VM is now.",
            "Prints the name and the state of each; the exit code is 0 when all run."
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  noid fork web/before --count 3",
            "  noid fork --vm web --name-prefix try",
            "  noid fork ck-01k8x3ab --count 10 -q | xargs -I{} noid exec {} -n -- hostname"
        })
final class ForkCommand implements Callable<Integer> {
    private static final int MOST = 100;
    private static final int PREFIX_MOST = 59;

    private final Session session;

    @Parameters(
            arity = "0..1",
            paramLabel = "CHECKPOINT",
            description = CheckpointRef.FORMS + " What runs now when missing.")
    private @Nullable String typed;

    @Option(
            names = "--vm",
            paramLabel = "VM",
            description = "The one to fork as it runs now; the active VM when missing.")
    private @Nullable String vm;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            description = "How many, 1 to 100 (1).")
    private int count = 1;

    @Option(
            names = "--name-prefix",
            paramLabel = "P",
            description = "They are P-1, P-2 …; the VM's name and -fork when missing.")
    private @Nullable String prefix;

    @Mixin
    private LifetimeOptions lifetime = new LifetimeOptions();

    @Option(names = "--no-wait", description = "Do not wait until they run.")
    private boolean noWait;

    @Mixin
    private OutputOptions output = new OutputOptions();

    ForkCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (count < 1 || count > MOST) {
            throw Failure.usage("--count is " + count, "1 to " + MOST);
        }
        if (prefix != null) {
            Settings.checkedName(prefix);
            if (prefix.length() > PREFIX_MOST) {
                throw Failure.usage(
                        "--name-prefix has " + prefix.length() + " characters",
                        "at most " + PREFIX_MOST + ", so that a dash and a number have room");
            }
        }
        if (typed != null && vm != null) {
            throw Failure.usage("a checkpoint and --vm together say two things", "leave one out");
        }
        String source = typed == null
                ? session.settings().vm(vm)
                : CheckpointRef.of(typed).vm(session);
        ForkVm body = new ForkVm(
                typed, count, prefix, null, lifetime.ttlSeconds(), lifetime.idleStopSeconds(), lifetime.labels());
        Call call = Call.post("/vms/" + source + "/fork", body, noWait ? 0 : Jobs.POLL_SECONDS);
        Forks forks = new Forks(session.api(), session.api().read(session.api().callPatiently(call), Fork.class));
        return shown(noWait ? forks.said() : forks.ended());
    }

    private int shown(Fork fork) {
        List<String> made = fork.items().stream()
                .filter(item -> !Forks.failed(item))
                .map(Fork.Item::name)
                .toList();
        output.show(session, Json.records().valueToTree(fork), made, () -> table(fork));
        fork.items().stream().filter(Forks::failed).forEach(this::sayWhy);
        if (fork.failed() > 0) {
            throw Failure.failed(
                    fork.failed() + " of " + fork.items().size() + " forks failed",
                    fork.failed() == fork.items().size() ? null : "nothing is left of those; the others are there");
        }
        return ExitCode.OK;
    }

    private void sayWhy(Fork.Item item) {
        Failure why = item.problem() != null ? session.api().failure(item.problem()) : Forks.failure(item);
        session.terminal().error(item.name() + ": " + why.message(), why.hint());
    }

    private static Table table(Fork fork) {
        Table table = new Table("name", "state", "took");
        fork.items()
                .forEach(item -> table.row(
                        item.name(), Forks.state(item), item.job() == null ? "-" : JobLsCommand.took(item.job())));
        return table;
    }
}
