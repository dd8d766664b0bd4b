package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.NewExec;
import dev.noid.gateway.store.NewExecs;
import dev.noid.gateway.store.Tx;
import dev.noid.gateway.store.VmRow;
import dev.noid.schema.Batcher;
import dev.noid.schema.Ids;
import dev.noid.schema.api.ExecVm;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.vm.VmDesired;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `POST /vms/{name}/exec`.
public final class Execs implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Execs.class);
    private static final long DEFAULT_OUTPUT_LIMIT = 1L << 30;
    /// Between TERM and KILL when its time is over or it is cancelled.
    private static final int GRACE_MILLIS = 5_000;

    /// Of stdin; what is larger goes alone.
    private static final int SMALL = 4 << 10;

    private final Submit submit;
    private final Placement placement;
    private final Ids ids;
    private final Batcher<NewExec, Optional<NewExecs.Placed>> batches;

    public Execs(Submit submit, Database database, Placement placement, Ids ids) {
        this.submit = submit;
        this.placement = placement;
        this.ids = ids;
        this.batches = new Batcher<>(
                "execs",
                Duration.ZERO,
                asked -> database.statement(tx -> tx.newExecs().place(asked)),
                DatabaseUnavailable.class::isInstance);
    }

    /// @param placed hears of one that is new and has its place, before its worker does; of others nothing
    public JobRow exec(Asked asked, String name, ExecVm body, Consumer<JobRow> placed) {
        JobSpec.Exec spec = spec(body);
        Optional<NewExecs.Placed> fresh = small(body)
                ? batches.ask(new NewExec(
                        ids.job(), asked.tenant(), name, spec, body.labels(), asked.key(), asked.fingerprint()))
                : Optional.empty();
        if (fresh.isEmpty()) {
            return submit.job(asked, tx -> inTransaction(tx, asked, name, spec, body.labels()));
        }
        JobRow row = fresh.get().row();
        placed.accept(row);
        submit.placed(fresh.get().outgoing());
        return row;
    }

    private static boolean small(ExecVm body) {
        byte[] stdin = stdin(body);
        return stdin == null || stdin.length <= SMALL;
    }

    @Override
    public void close() {
        batches.close();
    }

    /// Without the VM's lock: execs of one VM do not wait for each other, and one that meets a stop or destroy at the
    /// same moment is ended by the worker or by the sweep.
    private Accepted inTransaction(
            Tx tx, Asked asked, String name, JobSpec.Exec spec, @Nullable Map<String, String> labels) {
        VmRow vm = tx.vms().row(asked.tenant(), name).orElseThrow(() -> Refused.noVm(name));
        refuseDestroyed(vm);
        if (vm.desired() != VmDesired.RUNNING || Lifecycles.ended(vm)) {
            String why = vm.reason() == null ? "" : " (" + vm.reason() + ")";
            throw Refused.conflict(
                    "vm_stopped",
                    "VM does not run",
                    "VM '" + name + "' is " + vm.observed() + why + ", so nothing can run in it.",
                    "noid start " + name);
        }
        String job = ids.job();
        tx.lifetimes().asked(vm.id());
        tx.jobs().insert(job, asked.tenant(), vm.id(), spec, labels);
        log.info("exec accepted vm={} job={}", vm.id(), job);
        return Accepted.of(job, placement.ofExecs(tx, vm.id()));
    }

    static void refuseDestroyed(VmRow vm) {
        if (vm.desired() == VmDesired.DESTROYED) {
            throw Refused.conflict(
                    "vm_being_destroyed",
                    "VM is being destroyed",
                    "VM '" + vm.name() + "' is being destroyed.",
                    "create another one: noid create");
        }
    }

    private static JobSpec.Exec spec(ExecVm body) {
        double timeout = Objects.requireNonNullElse(body.timeoutSeconds(), 0.0);
        return new JobSpec.Exec(
                Objects.requireNonNullElse(body.argv(), List.of()),
                Objects.requireNonNullElse(body.env(), Map.of()),
                body.cwd(),
                body.user(),
                stdin(body),
                Boolean.TRUE.equals(body.stdinFollows()),
                timeout == 0 ? 0 : Math.max(1, Math.round(timeout * 1000)),
                GRACE_MILLIS,
                Objects.requireNonNullElse(body.outputLimitBytes(), DEFAULT_OUTPUT_LIMIT),
                Boolean.TRUE.equals(body.idempotent()));
    }

    private static byte @Nullable [] stdin(ExecVm body) {
        if (body.stdin() != null) {
            return body.stdin().getBytes(StandardCharsets.UTF_8);
        }
        return body.stdinBase64();
    }
}
