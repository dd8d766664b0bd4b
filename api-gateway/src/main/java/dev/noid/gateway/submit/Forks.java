package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Decision;
import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.store.CheckpointRow;
import dev.noid.gateway.store.Keys.Kept;
import dev.noid.gateway.store.Lifetime;
import dev.noid.gateway.store.Tx;
import dev.noid.gateway.store.VmRow;
import dev.noid.schema.Json;
import dev.noid.schema.api.ForkVm;
import dev.noid.schema.api.Problem;
import dev.noid.schema.checkpoint.CheckpointState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/// `POST /vms/{name}/fork`: one request, a create for each fork, and a checkpoint first when none was named.
public final class Forks {
    private static final Logger log = LoggerFactory.getLogger(Forks.class);
    /// So that `-fork-` and a number still fit behind it.
    private static final int NAME_MOST = 50;

    private final Submit submit;
    private final Placement placement;
    private final Checkpointing checkpointing;
    private final Creates creates;
    private final JsonMapper json = Json.records();

    public Forks(Submit submit, Placement placement, Checkpointing checkpointing, Creates creates) {
        this.submit = submit;
        this.placement = placement;
        this.checkpointing = checkpointing;
        this.creates = creates;
    }

    /// What a key keeps, so that a repeated request is told of the same jobs.
    private record Plan(String checkpoint, List<Item> items) {
        private record Item(
                String name, @Nullable String job, @Nullable Problem problem) {}
    }

    /// Those whose name is taken are refused one by one; when none is left, all of it.
    public Forked fork(Asked asked, String name, ForkVm body) {
        return submit.once(asked, (tx, kept) -> again(tx, asked, kept), tx -> fresh(tx, asked, name, body));
    }

    private record From(CheckpointRow checkpoint, @Nullable String job, Decision decision) {}

    private Fresh<Forked> fresh(Tx tx, Asked asked, String name, ForkVm body) {
        tx.checkpoints().lockTrees(asked.tenant());
        From from = from(tx, asked, name, body.checkpoint());
        List<Plan.Item> items = new ArrayList<>();
        List<Decision> decisions = new ArrayList<>(List.of(from.decision()));
        boolean complete = from.checkpoint().view().state() == CheckpointState.COMPLETE;
        Creates.Wishes wishes =
                new Creates.Wishes(new Lifetime(body.ttlSeconds(), body.idleStopSeconds(), null, false), body.labels());
        for (String fork : names(tx, asked.tenant(), name, body)) {
            var made = creates.insert(tx, asked.tenant(), fork, from.checkpoint(), wishes);
            items.add(new Plan.Item(fork, made == null ? null : made.job(), made == null ? Creates.taken(fork) : null));
            // One is placed here, so that it starts at once. The sweep places the others one by one: each starts when
            // it
            // is placed, and nobody else's create waits for all of them.
            if (made != null && complete) {
                decisions.add(decisions.size() == 1 ? placement.ofHeld(tx, made.vm(), true) : Decision.LATER);
            }
        }
        refuseIfNoneIsLeft(items);
        log.info(
                "fork accepted name={} checkpoint={} count={}",
                name,
                from.checkpoint().id(),
                items.size());
        Plan plan = new Plan(from.checkpoint().id(), items);
        String first = from.job() == null
                ? items.stream()
                        .map(Plan.Item::job)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElseThrow()
                : from.job();
        return new Fresh<>(
                forked(tx, asked, plan), first, json.writeValueAsString(plan), Decision.all(decisions), List.of());
    }

    private From from(Tx tx, Asked asked, String name, @Nullable String wanted) {
        if (wanted == null) {
            VmRow vm = Lifecycles.held(tx, asked, name);
            var begun = checkpointing.begin(tx, asked, vm, null, false, true);
            Decision decision = placement.ofHeld(tx, vm.id(), true);
            var made = tx.checkpoints().find(asked.tenant(), begun.checkpoint()).orElseThrow();
            return new From(made, begun.job(), decision);
        }
        String vm = tx.checkpoints().vmNamed(asked.tenant(), name).orElseThrow(() -> Refused.noVm(name));
        return new From(Naming.complete(tx, asked.tenant(), wanted, vm), null, Decision.NOTHING);
    }

    private static List<String> names(Tx tx, String tenant, String name, ForkVm body) {
        if (body.names() != null) {
            return body.names();
        }
        int count = Objects.requireNonNullElse(body.count(), 1);
        if (body.namePrefix() != null) {
            return IntStream.rangeClosed(1, count)
                    .mapToObj(number -> body.namePrefix() + "-" + number)
                    .toList();
        }
        // Nobody chose these, so nobody minds which numbers they have.
        String prefix = name.substring(0, Math.min(NAME_MOST, name.length())) + "-fork-";
        Set<String> taken = tx.vms().namesBeginningWith(tenant, prefix);
        return IntStream.iterate(1, number -> number + 1)
                .mapToObj(number -> prefix + number)
                .filter(fork -> !taken.contains(fork))
                .limit(count)
                .toList();
    }

    private static void refuseIfNoneIsLeft(List<Plan.Item> items) {
        List<Problem> problems =
                items.stream().map(Plan.Item::problem).filter(Objects::nonNull).toList();
        if (problems.size() == items.size()) {
            throw problems.size() == 1
                    ? new Refused(problems.getFirst())
                    : Refused.conflict(
                            "name_in_use",
                            "Names in use",
                            "None of the " + items.size() + " names is free: "
                                    + items.getFirst().name() + " to "
                                    + items.getLast().name() + ".",
                            "choose another namePrefix, or none");
        }
    }

    private Forked again(Tx tx, Asked asked, Kept kept) {
        String reply = Objects.requireNonNull(kept.reply(), "a key of another request");
        return forked(tx, asked, json.readValue(reply, Plan.class));
    }

    private static Forked forked(Tx tx, Asked asked, Plan plan) {
        return new Forked(
                plan.checkpoint(),
                plan.items().stream()
                        .map(item -> new Forked.Item(
                                item.name(),
                                item.job() == null ? null : Submit.before(tx, asked.tenant(), item.job()),
                                item.problem()))
                        .toList());
    }
}
