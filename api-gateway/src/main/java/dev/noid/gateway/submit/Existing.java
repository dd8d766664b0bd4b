package dev.noid.gateway.submit;

import dev.noid.gateway.store.Tx;
import dev.noid.gateway.store.VmRow;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.Problem;
import dev.noid.schema.api.Problem.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A VM that is there when it is asked for `ifMissing`. What the request says of its image and sizes has to be so; what
/// it does not say may be anything, and the rest of it (a checkpoint to begin with, lifetime, labels) is for a new one.
final class Existing {
    private Existing() {}

    /// Empty when there is no VM of that name. Throws [Refused] when it is another one than was asked for, or going.
    static Optional<Created> find(Tx tx, String tenant, String name, CreateVm body) {
        Optional<VmRow> found = tx.vms().row(tenant, name);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        VmRow vm = found.get();
        Execs.refuseDestroyed(vm);
        List<FieldError> differ = differences(tx, vm, body);
        if (!differ.isEmpty()) {
            List<String> details = differ.stream().map(FieldError::detail).toList();
            throw new Refused(Problem.of(
                            409,
                            "vm_differs",
                            "Another VM has this name",
                            "There is a VM named '" + name + "', but its " + String.join("; its ", details) + ".",
                            "ask for it as it is, choose another name, or remove it first: noid rm " + name)
                    .withErrors(differ));
        }
        return Optional.of(tx.jobs()
                .openCreate(vm.id())
                .<Created>map(job -> new Created.ByJob(Submit.row(tx, tenant, job)))
                .orElseGet(
                        () -> new Created.Before(tx.vms().find(tenant, name).orElseThrow(() -> Refused.noVm(name)))));
    }

    private static List<FieldError> differences(Tx tx, VmRow vm, CreateVm body) {
        List<FieldError> differ = new ArrayList<>();
        if (body.image() != null && !Creates.image(tx, body.image()).equals(vm.image())) {
            differ.add(new FieldError("/image", "image is not the one that '" + body.image() + "' names now"));
        }
        compare(differ, "memoryMib", body.memoryMib(), vm.shape().memoryMib());
        compare(differ, "cpus", body.cpus(), vm.shape().cpus());
        compare(differ, "diskMib", body.diskMib(), vm.shape().diskMib());
        return differ;
    }

    private static void compare(List<FieldError> differ, String field, @Nullable Integer asked, int is) {
        if (asked != null && asked != is) {
            differ.add(new FieldError("/" + field, field + " is " + is + ", not " + asked));
        }
    }
}
