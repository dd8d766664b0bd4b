package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.ChangeVm;
import dev.noid.schema.api.Vm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid set`.
@Command(
        name = "set",
        description = "Change until when a VM is wanted, and its labels. Prints its name.",
        footerHeading = "%nExample:%n",
        footer = {
            "  noid set web --ttl 2h               two hours more, from now",
            "  noid set web --ttl never --idle-stop 15m",
            "  noid set web --label team=blue --unlabel trial"
        })
final class SetCommand implements Callable<Integer> {
    private static final String NEVER = "never";

    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable String vm;

    @Option(names = "--ttl", paramLabel = "DURATION", description = "Destroy it so long from now, e.g. 2h; or never.")
    private @Nullable String ttl;

    @Option(
            names = "--idle-stop",
            paramLabel = "DURATION",
            description = "Stop it once nothing was asked of it for so long, e.g. 15m; or never.")
    private @Nullable String idleStop;

    @Option(names = "--label", paramLabel = LabelWords.PARAM, description = "Set a label; any number of them.")
    private List<String> labels = List.of();

    @Option(names = "--unlabel", paramLabel = "K", description = "Take a label away; any number of them.")
    private List<String> unlabel = List.of();

    @Mixin
    private OutputOptions output = new OutputOptions();

    SetCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (ttl == null && idleStop == null && labels.isEmpty() && unlabel.isEmpty()) {
            throw Failure.usage("nothing to set", "e.g. noid set web --ttl 2h");
        }
        ChangeVm change = new ChangeVm(
                ttl == null ? null : seconds("--ttl", ttl),
                idleStop == null ? null : Math.toIntExact(seconds("--idle-stop", idleStop)),
                null,
                labels());
        JsonNode node = session.api()
                .callPatiently(Call.patch("/vms/" + session.settings().vm(vm), change));
        Vm found = session.api().read(node, Vm.class);
        output.showOrName(session, node, found.name(), () -> GetCommand.table(found));
        return 0;
    }

    private static long seconds(String option, String text) {
        return text.equals(NEVER) ? 0 : Units.seconds(option, text);
    }

    private @Nullable Map<String, @Nullable String> labels() {
        Map<String, @Nullable String> change = new LinkedHashMap<>();
        Map<String, String> set = LabelWords.map(labels);
        if (set != null) {
            change.putAll(set);
        }
        for (String key : unlabel) {
            if (change.put(LabelWords.key("--unlabel", key), null) != null) {
                throw Failure.usage("--label and --unlabel both name '" + key + "'", "leave one out");
            }
        }
        return change.isEmpty() ? null : change;
    }
}
