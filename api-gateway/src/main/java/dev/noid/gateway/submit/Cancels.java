package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Decision;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Tx;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.vm.VmDesired;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `POST /jobs/{id}/cancel`.
public final class Cancels {
    private static final Logger log = LoggerFactory.getLogger(Cancels.class);
    private static final JobError CANCELLED = JobError.user("cancelled", "It was cancelled.", null);

    private final Submit submit;

    public Cancels(Submit submit) {
        this.submit = submit;
    }

    /// The job as it is then: over, or `cancelling`. A job that was over already stays as it is.
    public JobRow cancel(Asked asked, String id) {
        return submit.job(asked, tx -> {
            JobRow job = tx.jobs().find(asked.tenant(), id).orElseThrow(() -> Refused.noJob(id));
            if (job.state().terminal() || job.state() == JobState.CANCELLING) {
                return Accepted.before(id);
            }
            JobKind kind = job.spec().kind();
            if (kind == JobKind.STOP || kind == JobKind.DESTROY) {
                throw Refused.conflict(
                        "not_cancellable",
                        "Can't be cancelled",
                        "A " + kind + " goes through once it is asked for.",
                        kind == JobKind.STOP ? "noid start " + job.vm() : null);
            }
            // The VM first: placement holds it too while it decides about the job.
            tx.vms().lock(asked.tenant(), job.vm());
            // Or it could go from `running` to `retry_wait` in between, and the cancel would be lost.
            tx.jobs().lock(id);
            Accepted accepted = waiting(tx, job).orElseGet(() -> open(tx, job));
            log.info("cancel accepted vm={} job={} state={}", job.vmId(), id, job.state());
            return accepted;
        });
    }

    private static Optional<Accepted> waiting(Tx tx, JobRow job) {
        if (!tx.jobs().endWaiting(job.id(), Outcome.ended(JobState.CANCELLED, CANCELLED))) {
            return Optional.empty();
        }
        List<String> changed = new ArrayList<>(List.of(job.id()));
        switch (job.spec().kind()) {
            // No host has anything of it: the name is free again, and what waited for the VM will never come.
            case CREATE -> {
                tx.vms().destroyUntouched(job.vmId());
                changed.addAll(tx.jobs()
                        .cancelWaiting(
                                job.vmId(),
                                job.id(),
                                JobError.user("vm_destroyed", "The VM's create was cancelled.", null)));
            }
            // Unless somebody has asked for something else since: that holds.
            case START -> {
                if (!tx.jobs().openAfter(job.vmId(), job.id())) {
                    tx.vms().desire(job.vmId(), VmDesired.STOPPED);
                }
            }
            case RESTORE -> tx.vms().wishBack(job.vmId());
            case EXEC, STOP, DESTROY, CHECKPOINT -> {}
        }
        return Optional.of(new Accepted(job.id(), new Decision(List.of(), List.of(), false), changed));
    }

    private static Accepted open(Tx tx, JobRow job) {
        tx.jobs().askCancel(job.id());
        return new Accepted(
                job.id(), new Decision(tx.outbox().outgoing(List.of(job.id())), List.of(), false), List.of(job.id()));
    }
}
