package dev.noid.gateway.placement;

import dev.noid.gateway.store.Outgoing;
import java.util.Collection;
import java.util.List;

/// What became of a VM's queued jobs.
///
/// @param outgoing what workers have to hear of once the transaction has committed
/// @param ended    jobs that ended here: nothing could ever come to them
/// @param noRoom   a create, start or restore waits for room, or for the sweep to give it some
public record Decision(List<Outgoing> outgoing, List<String> ended, boolean noRoom) {
    public static final Decision NOTHING = new Decision(List.of(), List.of(), false);

    /// Nothing was decided here; the sweep is to do it now.
    public static final Decision LATER = new Decision(List.of(), List.of(), true);

    /// Those of one transaction, to be published together.
    public static Decision all(Collection<Decision> decisions) {
        return new Decision(
                decisions.stream().flatMap(one -> one.outgoing().stream()).toList(),
                decisions.stream().flatMap(one -> one.ended().stream()).toList(),
                decisions.stream().anyMatch(Decision::noRoom));
    }
}
