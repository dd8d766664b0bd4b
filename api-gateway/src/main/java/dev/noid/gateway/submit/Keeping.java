package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Decision;
import dev.noid.gateway.policy.Policies;
import dev.noid.gateway.store.CheckpointRow;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.Tx;
import dev.noid.schema.Json;
import dev.noid.schema.api.ChangeCheckpoint;
import dev.noid.schema.api.Checkpoint;
import dev.noid.schema.api.CheckpointPolicy;
import dev.noid.schema.api.Pruned;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/// What becomes of checkpoints that are there: pinned, labelled, removed by hand or by a policy.
public final class Keeping {
    private static final Logger log = LoggerFactory.getLogger(Keeping.class);

    private final Submit submit;
    private final Database database;
    private final Policies policies;
    private final JsonMapper json = Json.records();

    public Keeping(Submit submit, Database database, Policies policies) {
        this.submit = submit;
        this.database = database;
        this.policies = policies;
    }

    public Checkpoint change(String tenant, String name, ChangeCheckpoint body) {
        return database.transaction(tx -> {
            tx.checkpoints().lockTrees(tenant);
            CheckpointRow found = Naming.find(tx, tenant, name, null);
            refuseUnlessThere(found);
            if (body.label() != null) {
                label(tx, tenant, found.view(), body.label());
            }
            if (body.pinned() != null) {
                tx.checkpoints().pin(found.id(), body.pinned());
            }
            return tx.checkpoints().find(tenant, found.id()).orElseThrow().view();
        });
    }

    private static void label(Tx tx, String tenant, Checkpoint view, String label) {
        if (label.isEmpty()) {
            tx.checkpoints().label(view.id(), null);
        } else if (!label.equals(view.label())) {
            if (tx.checkpoints().labelled(tenant, view.vmId(), label).isPresent()) {
                throw Checkpointing.labelInUse(view.vm(), label);
            }
            tx.checkpoints().label(view.id(), label);
        }
    }

    private static void refuseUnlessThere(CheckpointRow found) {
        switch (found.view().state()) {
            case PENDING, COMPLETE -> {}
            case FAILED, REMOVING, REMOVED ->
                throw Refused.conflict(
                        "checkpoint_not_complete",
                        "Nothing to change",
                        "Checkpoint '" + found.id() + "' is " + found.view().state() + ".",
                        "noid checkpoint ls " + found.view().vm());
        }
    }

    /// Works twice: the second one is told that it is going, or gone.
    public Checkpoint remove(String tenant, String name) {
        return database.transaction(tx -> {
            tx.checkpoints().lockTrees(tenant);
            CheckpointRow found = Naming.named(tx, tenant, name, null).orElseThrow(() -> Refused.noCheckpoint(name));
            switch (found.view().state()) {
                case COMPLETE -> {
                    refuseIfNeeded(tx, found.view());
                    policies.remove(tx, found.view().vmId(), List.of(found.id()));
                }
                case PENDING ->
                    throw Refused.conflict(
                            "checkpoint_not_complete",
                            "Not made yet",
                            "Checkpoint '" + name + "' is being made.",
                            "cancel its job: noid job ls, noid job cancel JOB");
                case FAILED, REMOVING, REMOVED -> {}
            }
            return tx.checkpoints().find(tenant, found.id()).orElseThrow().view();
        });
    }

    private static void refuseIfNeeded(Tx tx, Checkpoint view) {
        if (view.pinned()) {
            throw Refused.conflict(
                    "checkpoint_pinned",
                    "Pinned",
                    "Checkpoint '" + view.id() + "' is pinned.",
                    "noid checkpoint unpin " + view.id());
        }
        if (tx.removals().inUse(view.id())) {
            throw Refused.conflict(
                    "checkpoint_in_use",
                    "In use",
                    "A restore or fork that is not over goes on from checkpoint '" + view.id() + "'.",
                    "wait for it, or cancel it: noid job ls");
        }
    }

    public CheckpointPolicy policy(String tenant, String name) {
        return database.read(tx -> tx.checkpoints().policy(vm(tx, tenant, name)));
    }

    /// Takes effect at once.
    public CheckpointPolicy policy(String tenant, String name, CheckpointPolicy policy) {
        return database.transaction(tx -> {
            tx.checkpoints().lockTrees(tenant);
            String vm = vm(tx, tenant, name);
            tx.checkpoints().policy(vm, policy);
            log.info(
                    "checkpoint policy set vm={} keepLast={} maxAgeSeconds={} maxBytes={}",
                    vm,
                    policy.keepLast(),
                    policy.maxAgeSeconds(),
                    policy.maxBytes());
            policies.apply(tx, vm);
            return tx.checkpoints().policy(vm);
        });
    }

    /// By the bounds in the body; without any by the VM's own policy.
    public Pruned prune(Asked asked, String name, CheckpointPolicy body) {
        return submit.once(
                asked,
                (_, kept) ->
                        json.readValue(Objects.requireNonNull(kept.reply(), "a key of another request"), Pruned.class),
                tx -> {
                    Pruned pruned = prune(tx, asked.tenant(), name, body);
                    return new Fresh<>(pruned, null, json.writeValueAsString(pruned), Decision.NOTHING, List.of());
                });
    }

    private Pruned prune(Tx tx, String tenant, String name, CheckpointPolicy body) {
        tx.checkpoints().lockTrees(tenant);
        String vm = vm(tx, tenant, name);
        CheckpointPolicy policy = bounds(body) ? body : tx.checkpoints().policy(vm);
        if (!bounds(policy)) {
            throw new Refused(
                    422,
                    "no_policy",
                    "Nothing says what to keep",
                    "The request has no bound, and VM '" + name + "' has no policy.",
                    "give keepLast, maxAgeSeconds or maxBytes");
        }
        boolean dry = Boolean.TRUE.equals(body.dryRun());
        Set<String> going = new HashSet<>(policies.goes(tx, vm, policy));
        List<Checkpoint> all = tx.checkpoints().list(tenant, vm, null, Integer.MAX_VALUE).stream()
                .map(CheckpointRow::view)
                .toList();
        if (!dry) {
            policies.remove(tx, vm, List.copyOf(going));
        }
        return new Pruned(
                all.stream().filter(one -> going.contains(one.id())).toList(),
                all.stream()
                        .map(Checkpoint::id)
                        .filter(id -> !going.contains(id))
                        .toList(),
                dry);
    }

    private static boolean bounds(CheckpointPolicy policy) {
        return policy.keepLast() != null || policy.maxAgeSeconds() != null || policy.maxBytes() != null;
    }

    private static String vm(Tx tx, String tenant, String name) {
        return tx.checkpoints().vmNamed(tenant, name).orElseThrow(() -> Refused.noVm(name));
    }
}
