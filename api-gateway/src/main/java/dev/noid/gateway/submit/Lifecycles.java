package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Decision;
import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.policy.Policies;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Lifetimes.Due;
import dev.noid.gateway.store.Removals.Candidate;
import dev.noid.gateway.store.Tx;
import dev.noid.gateway.store.VmRow;
import dev.noid.schema.Ids;
import dev.noid.schema.api.StopVm;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.vm.VmDesired;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `POST /vms/{name}/start`, `…/stop` and `DELETE /vms/{name}`.
public final class Lifecycles {
    private static final Logger log = LoggerFactory.getLogger(Lifecycles.class);
    private static final double DEFAULT_GRACE_SECONDS = 10;

    private final Submit submit;
    private final Placement placement;
    private final Policies policies;
    private final Ids ids;

    public Lifecycles(Submit submit, Placement placement, Policies policies, Ids ids) {
        this.submit = submit;
        this.placement = placement;
        this.policies = policies;
        this.ids = ids;
    }

    public JobRow start(Asked asked, String name) {
        return submit.job(asked, tx -> {
            VmRow vm = held(tx, asked, name);
            if (vm.desired() == VmDesired.RUNNING && !ended(vm)) {
                throw Refused.conflict(
                        "vm_already_running",
                        "Runs already",
                        "VM '" + name + "' is " + vm.observed() + " and meant to run.",
                        null);
            }
            return lifecycle(tx, asked.tenant(), vm, VmDesired.RUNNING, new JobSpec.Start(name, vm.shape()));
        });
    }

    public JobRow stop(Asked asked, String name, StopVm body) {
        return submit.job(asked, tx -> {
            VmRow vm = held(tx, asked, name);
            if (vm.desired() != VmDesired.RUNNING || ended(vm)) {
                throw Refused.conflict(
                        "vm_not_running",
                        "Does not run",
                        "VM '" + name + "' is " + vm.observed() + ".",
                        "noid start " + name);
            }
            double grace = Objects.requireNonNullElse(body.graceSeconds(), DEFAULT_GRACE_SECONDS);
            return lifecycle(
                    tx, asked.tenant(), vm, VmDesired.STOPPED, new JobSpec.Stop((int) Math.round(grace * 1000)));
        });
    }

    /// Works in every state, and twice: the second one gets the first one's job.
    ///
    /// @param checkpoints those of the VM go too: what is in use now, or is not complete yet, when it can
    public JobRow destroy(Asked asked, String name, boolean checkpoints) {
        return submit.job(asked, tx -> {
            if (checkpoints) {
                tx.checkpoints().lockTrees(asked.tenant());
            }
            Accepted accepted = destroy(tx, asked, name);
            if (checkpoints) {
                tx.checkpoints().vmNamed(asked.tenant(), name).ifPresent(vm -> withCheckpoints(tx, name, vm));
            }
            return accepted;
        });
    }

    private void withCheckpoints(Tx tx, String name, String vm) {
        List<String> pinned = tx.removals().candidates(vm).stream()
                .filter(Candidate::pinned)
                .map(Candidate::id)
                .toList();
        if (!pinned.isEmpty()) {
            throw Refused.conflict(
                    "checkpoint_pinned",
                    "Pinned",
                    "VM '" + name + "' has " + pinned.size() + " pinned checkpoints, among them " + pinned.getFirst()
                            + "; nothing was removed.",
                    "noid checkpoint unpin " + pinned.getFirst() + ", or remove the VM alone: noid rm " + name);
        }
        tx.removals().wantNoMore(vm);
        policies.apply(tx, vm);
    }

    private Accepted destroy(Tx tx, Asked asked, String name) {
        Optional<VmRow> vm = tx.vms().lock(asked.tenant(), name);
        if (vm.isEmpty()) {
            return Accepted.before(tx.jobs().lastDestroy(asked.tenant(), name).orElseThrow(() -> Refused.noVm(name)));
        }
        return tx.jobs()
                .openDestroy(vm.get().id())
                .map(Accepted::before)
                .orElseGet(() -> destroy(tx, asked.tenant(), vm.get(), null));
    }

    /// Needs the VM's lock.
    Accepted end(Tx tx, Due due) {
        VmRow vm = tx.vms().row(due.tenant(), due.name()).orElseThrow();
        String why = due.why().toString();
        return switch (due.why()) {
            case EXPIRED, LEASE_OVER, EXECS_OVER -> destroy(tx, due.tenant(), vm, why);
            case IDLE ->
                lifecycle(
                        tx,
                        due.tenant(),
                        vm,
                        VmDesired.STOPPED,
                        new JobSpec.Stop((int) (DEFAULT_GRACE_SECONDS * 1000), why));
        };
    }

    private Accepted destroy(Tx tx, String tenant, VmRow vm, @Nullable String why) {
        String job = ids.job();
        tx.vms().desire(vm.id(), VmDesired.DESTROYED, why);
        tx.jobs().insert(job, tenant, vm.id(), new JobSpec.Destroy(why));
        String first = "The VM was destroyed first" + (why == null ? "." : ": " + why + ".");
        List<String> changed =
                new ArrayList<>(tx.jobs().cancelWaiting(vm.id(), job, JobError.user("vm_destroyed", first, null)));
        List<String> cancelling = tx.jobs().cancelOvertaken(vm.id());
        changed.addAll(cancelling);
        Decision decision = placement.ofHeld(tx, vm.id(), true);
        if (!cancelling.isEmpty()) {
            decision = new Decision(tx.outbox().outgoing(cancelling), decision.ended(), decision.noRoom());
        }
        log.info(
                "destroy accepted vm={} name={} job={} observed={} why={}",
                vm.id(),
                vm.name(),
                job,
                vm.observed(),
                why == null ? "asked" : why);
        return new Accepted(job, decision, changed);
    }

    private Accepted lifecycle(Tx tx, String tenant, VmRow vm, VmDesired desired, JobSpec spec) {
        String job = ids.job();
        String why = spec instanceof JobSpec.Stop stop ? stop.reason() : null;
        tx.vms().desire(vm.id(), desired, why);
        tx.jobs().insert(job, tenant, vm.id(), spec);
        log.info(
                "{} accepted vm={} name={} job={} why={}",
                spec.kind(),
                vm.id(),
                vm.name(),
                job,
                why == null ? "asked" : why);
        return Accepted.of(job, placement.ofHeld(tx, vm.id(), true));
    }

    static VmRow held(Tx tx, Asked asked, String name) {
        VmRow vm = tx.vms().lock(asked.tenant(), name).orElseThrow(() -> Refused.noVm(name));
        Execs.refuseDestroyed(vm);
        return vm;
    }

    /// It ended by itself, or its start failed, and nothing is about to start it again.
    static boolean ended(VmRow vm) {
        return switch (vm.observed()) {
            case STOPPED, FAILED, DESTROYED -> !vm.openStart();
            case PENDING, STARTING, RUNNING, PAUSED, STOPPING -> false;
        };
    }
}
