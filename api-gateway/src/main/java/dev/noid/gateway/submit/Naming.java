package dev.noid.gateway.submit;

import dev.noid.gateway.store.CheckpointRow;
import dev.noid.gateway.store.Tx;
import dev.noid.schema.Names;
import dev.noid.schema.api.Checkpoint;
import dev.noid.schema.checkpoint.CheckpointState;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which checkpoint somebody means: an id, the beginning of one, `vm/label`, or where a VM is clear its label alone.
public final class Naming {
    private static final String ID = "ck-";
    private static final Pattern WHOLE = Pattern.compile("ck-[0-9a-z]{26}");
    private static final Pattern BEGINNING = Pattern.compile("ck-[0-9a-z]{6,25}");
    private static final int CANDIDATES = 10;

    private Naming() {}

    /// In any state but removed. Throws [Refused].
    ///
    /// @param vm id of the VM whose label it may be; null when none is clear
    public static CheckpointRow find(Tx tx, String tenant, String name, @Nullable String vm) {
        return named(tx, tenant, name, vm)
                .filter(found -> found.view().state() != CheckpointState.REMOVED)
                .orElseThrow(() -> Refused.noCheckpoint(name));
    }

    /// Also one that was removed, when its whole id is said.
    static Optional<CheckpointRow> named(Tx tx, String tenant, String name, @Nullable String vm) {
        int slash = name.indexOf('/');
        if (slash < 0 && name.startsWith(ID)) {
            return WHOLE.matcher(name).matches()
                    ? tx.checkpoints().find(tenant, name)
                    : beginningWith(tx, tenant, name);
        }
        if (slash < 0) {
            return vm == null || !Names.valid(name)
                    ? Optional.empty()
                    : tx.checkpoints().labelled(tenant, vm, name);
        }
        String vmName = name.substring(0, slash);
        String label = name.substring(slash + 1);
        if (!Names.valid(vmName) || !Names.valid(label)) {
            return Optional.empty();
        }
        return tx.checkpoints().vmNamed(tenant, vmName).flatMap(id -> tx.checkpoints()
                .labelled(tenant, id, label));
    }

    /// One to go on from. Throws [Refused].
    static CheckpointRow complete(Tx tx, String tenant, String name, @Nullable String vm) {
        CheckpointRow found = find(tx, tenant, name, vm);
        Checkpoint view = found.view();
        String why =
                switch (view.state()) {
                    case COMPLETE -> null;
                    case PENDING -> "is not made yet";
                    case FAILED -> "could not be made";
                    case REMOVING, REMOVED -> "is being removed";
                };
        if (why != null) {
            throw Refused.conflict(
                    "checkpoint_not_complete",
                    "Nothing to go on from",
                    "Checkpoint '" + name + "' " + why + ".",
                    "noid checkpoint ls " + view.vm() + " lists those that are complete");
        }
        if (found.hostGone()) {
            throw Refused.conflict(
                    "host_gone",
                    "Its host is away",
                    "Checkpoint '" + name + "' is on host " + view.host() + ", which has not been heard of for 30 s.",
                    "noid host ls shows when it is back; a checkpoint of another host may do");
        }
        return found;
    }

    private static Optional<CheckpointRow> beginningWith(Tx tx, String tenant, String name) {
        if (!BEGINNING.matcher(name).matches()) {
            throw new Refused(
                    422,
                    "checkpoint_ambiguous",
                    "Not a name of a checkpoint",
                    "'" + name + "' is no id of a checkpoint and too short or strange for the beginning of one.",
                    "give at least 6 characters after ck-, or vm/label");
        }
        List<CheckpointRow> all = tx.checkpoints().beginningWith(tenant, name, CANDIDATES + 1);
        if (all.size() > 1) {
            throw Refused.conflict(
                    "checkpoint_ambiguous",
                    "More than one",
                    "'" + name + "' is the beginning of "
                            + (all.size() > CANDIDATES ? "more than " + CANDIDATES + ", among them " : "")
                            + all.stream().limit(CANDIDATES).map(Naming::said).collect(Collectors.joining(", "))
                            + ".",
                    "give more characters, or vm/label");
        }
        return all.stream().findFirst();
    }

    private static String said(CheckpointRow row) {
        String label = row.view().label();
        return row.id() + " (" + row.view().vm() + (label == null ? "" : "/" + label) + ")";
    }
}
