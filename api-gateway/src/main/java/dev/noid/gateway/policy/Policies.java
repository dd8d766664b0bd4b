package dev.noid.gateway.policy;

import dev.noid.gateway.store.Removals;
import dev.noid.gateway.store.Removals.Candidate;
import dev.noid.gateway.store.Tx;
import dev.noid.schema.api.CheckpointPolicy;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Applies policies, each in one transaction that holds the tenant's trees: two gateways can not decide on the same
/// picture.
public final class Policies {
    private static final Logger log = LoggerFactory.getLogger(Policies.class);

    /// The VM's own policy; of a VM that was destroyed with its checkpoints, everything that is not pinned goes. Needs
    /// [dev.noid.gateway.store.Checkpoints#lockTrees]. Returns what goes.
    public List<String> apply(Tx tx, String vm) {
        List<String> going = tx.removals().unwanted(vm)
                ? free(tx, vm)
                : goes(tx, vm, tx.checkpoints().policy(vm));
        return remove(tx, vm, going);
    }

    /// What this policy would remove now. Needs the trees.
    public List<String> goes(Tx tx, String vm, CheckpointPolicy policy) {
        Removals removals = tx.removals();
        return Retention.goes(
                removals.candidates(vm), policy.maxBytes() == null ? Map.of() : removals.files(vm), policy);
    }

    /// Needs the trees.
    public List<String> remove(Tx tx, String vm, List<String> going) {
        List<String> gone = tx.removals().remove(going);
        gone.forEach(checkpoint -> log.info("checkpoint removed vm={} checkpoint={}", vm, checkpoint));
        return gone;
    }

    private static List<String> free(Tx tx, String vm) {
        return tx.removals().candidates(vm).stream()
                .filter(candidate -> !candidate.pinned() && !candidate.inUse())
                .map(Candidate::id)
                .toList();
    }
}
