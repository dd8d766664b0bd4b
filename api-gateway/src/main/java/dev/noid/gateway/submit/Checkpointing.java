package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.store.CheckpointRow;
import dev.noid.gateway.store.CheckpointSpace;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Tx;
import dev.noid.gateway.store.VmRow;
import dev.noid.schema.Ids;
import dev.noid.schema.api.CreateCheckpoint;
import dev.noid.schema.api.RestoreVm;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `POST /vms/{name}/checkpoints` and `POST /vms/{name}/restore`.
public final class Checkpointing {
    private static final Logger log = LoggerFactory.getLogger(Checkpointing.class);

    private final Submit submit;
    private final Placement placement;
    private final Ids ids;

    public Checkpointing(Submit submit, Placement placement, Ids ids) {
        this.submit = submit;
        this.placement = placement;
        this.ids = ids;
    }

    public JobRow create(Asked asked, String name, CreateCheckpoint body) {
        return submit.job(asked, tx -> {
            tx.checkpoints().lockTrees(asked.tenant());
            VmRow vm = Lifecycles.held(tx, asked, name);
            Begun begun = begin(tx, asked, vm, body.label(), Boolean.TRUE.equals(body.pin()), false);
            return Accepted.of(begun.job(), placement.ofHeld(tx, vm.id(), true));
        });
    }

    /// @param checkpoint pending
    /// @param job        that makes it, queued
    record Begun(String checkpoint, String job) {}

    /// Makes the rows of a checkpoint of this VM, whose row this transaction holds. Needs the trees. Throws [Refused].
    Begun begin(Tx tx, Asked asked, VmRow vm, @Nullable String label, boolean pin, boolean automatic) {
        if (vm.desired() != VmDesired.RUNNING || Lifecycles.ended(vm)) {
            String why = vm.reason() == null ? "" : " (" + vm.reason() + ")";
            throw Refused.conflict(
                    "vm_not_running",
                    "VM does not run",
                    "VM '" + vm.name() + "' is " + vm.observed() + why + ", so there is no memory to keep.",
                    "noid start " + vm.name());
        }
        refuseGoneHost(vm);
        checkQuota(tx, vm, "noid checkpoint prune " + vm.name() + " --keep-last 3");
        String checkpoint = ids.checkpoint();
        if (!tx.checkpoints().insert(checkpoint, vm.id(), label, pin, automatic)) {
            throw labelInUse(vm.name(), String.valueOf(label));
        }
        String job = ids.job();
        tx.jobs().insert(job, asked.tenant(), vm.id(), new JobSpec.Checkpoint(checkpoint));
        log.info("checkpoint accepted vm={} name={} job={} checkpoint={}", vm.id(), vm.name(), job, checkpoint);
        return new Begun(checkpoint, job);
    }

    static Refused labelInUse(String vm, String label) {
        String detail = "Label '" + label + "' is taken by another checkpoint of VM '" + vm + "'.";
        return Refused.field(
                409,
                "label_in_use",
                "Label in use",
                "/label",
                detail,
                "choose another label, or remove that one: noid checkpoint rm " + vm + "/" + label);
    }

    public JobRow restore(Asked asked, String name, RestoreVm body) {
        return submit.job(asked, tx -> {
            tx.checkpoints().lockTrees(asked.tenant());
            VmRow vm = Lifecycles.held(tx, asked, name);
            CheckpointRow to = target(tx, asked, vm, body.checkpoint());
            refuseGoneHost(vm);
            refuseTooLarge(vm);
            String keep = Boolean.FALSE.equals(body.keep()) ? null : keep(tx, vm);
            String job = ids.job();
            tx.vms().desire(vm.id(), VmDesired.RUNNING);
            tx.jobs().insert(job, asked.tenant(), vm.id(), new JobSpec.Restore(name, vm.shape(), to.id(), keep));
            log.info("restore accepted vm={} name={} job={} checkpoint={} keep={}", vm.id(), name, job, to.id(), keep);
            return Accepted.of(job, placement.ofHeld(tx, vm.id(), true));
        });
    }

    private static CheckpointRow target(Tx tx, Asked asked, VmRow vm, @Nullable String wanted) {
        if (wanted == null) {
            return tx.checkpoints()
                    .newest(asked.tenant(), vm.id())
                    .orElseThrow(() -> Refused.conflict(
                            "no_checkpoint",
                            "Nothing to go back to",
                            "VM '" + vm.name() + "' has no complete checkpoint that somebody asked for.",
                            "noid checkpoint create " + vm.name() + " makes one; noid checkpoint ls " + vm.name()
                                    + " lists all"));
        }
        CheckpointRow to = Naming.complete(tx, asked.tenant(), wanted, vm.id());
        if (!to.view().vmId().equals(vm.id())) {
            throw Refused.field(
                    422,
                    "checkpoint_of_other_vm",
                    "Checkpoint of another VM",
                    "/checkpoint",
                    "Checkpoint '" + wanted + "' was made of VM '" + to.view().vm() + "', not of '" + vm.name() + "'.",
                    "make a new VM from it: noid fork " + to.id());
        }
        return to;
    }

    /// Whether it is to be made after all is decided when the restore's turn has come: of a VM that runs then.
    private String keep(Tx tx, VmRow vm) {
        if (vm.observed() == VmObserved.RUNNING) {
            checkQuota(
                    tx,
                    vm,
                    "noid restore " + vm.name() + " --no-keep, or remove some: noid checkpoint prune " + vm.name()
                            + " --keep-last 3");
        }
        String keep = ids.checkpoint();
        if (!tx.checkpoints().insert(keep, vm.id(), null, false, true)) {
            throw new IllegalStateException("a checkpoint without a label met another one: " + keep);
        }
        return keep;
    }

    private static void refuseTooLarge(VmRow vm) {
        int memory = vm.shape().memoryMib();
        if (vm.observed() == VmObserved.RUNNING && vm.hostMemoryMib() > 0 && 2 * memory > vm.hostMemoryMib()) {
            throw Refused.conflict(
                    "restore_too_large",
                    "No room for two of it",
                    "A restore runs the old and the new VMM side by side, " + 2 * memory
                            + " MiB, and the host gives its VMs " + vm.hostMemoryMib() + " MiB together.",
                    "stop it first: noid stop " + vm.name());
        }
    }

    private static void refuseGoneHost(VmRow vm) {
        if (vm.hostGone()) {
            throw Refused.conflict(
                    "host_gone",
                    "Its host is away",
                    "VM '" + vm.name() + "' is on a host that has not been heard of for 30 s.",
                    "noid host ls shows when it is back");
        }
    }

    /// Only what is certain already: the worker checks again, with the VM's memory, before it pauses anything.
    private static void checkQuota(Tx tx, VmRow vm, String hint) {
        if (vm.host() == null) {
            return;
        }
        CheckpointSpace.Room room = tx.checkpointSpace().room(vm.host());
        if (room.allowed() > 0 && room.used() >= room.allowed()) {
            throw Refused.conflict(
                    "checkpoint_quota",
                    "No space for checkpoints left",
                    "The host's checkpoints take " + room.used() + " bytes of the " + room.allowed()
                            + " that they may take.",
                    hint);
        }
    }
}
