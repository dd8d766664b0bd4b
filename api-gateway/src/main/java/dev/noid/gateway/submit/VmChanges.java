package dev.noid.gateway.submit;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.VmRow;
import dev.noid.schema.Labels;
import dev.noid.schema.api.ChangeVm;
import dev.noid.schema.api.Vm;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// `PATCH /vms/{name}`: what is said of a VM, in which nothing has to happen for it.
public final class VmChanges {
    private static final Logger log = LoggerFactory.getLogger(VmChanges.class);

    private final Database database;

    public VmChanges(Database database) {
        this.database = database;
    }

    public Vm change(String tenant, String name, ChangeVm body) {
        return database.transaction(tx -> {
            VmRow vm = tx.vms().lock(tenant, name).orElseThrow(() -> Refused.noVm(name));
            Execs.refuseDestroyed(vm);
            int labels = tx.lifetimes().change(vm.id(), body);
            if (labels > Labels.MOST) {
                throw Refused.field(
                        422,
                        "too_many_labels",
                        "Too many labels",
                        "/labels",
                        "VM '" + name + "' would have " + labels + " labels; at most " + Labels.MOST + " are kept.",
                        "take some away, with null as their value");
            }
            // Of a client that renews its lease nobody wants to read each time.
            log.atLevel(body.equals(new ChangeVm(null, null, body.leaseSeconds(), null)) ? Level.DEBUG : Level.INFO)
                    .log("vm changed vm={} change={}", vm.id(), body);
            return tx.vms().find(tenant, name).orElseThrow();
        });
    }
}
