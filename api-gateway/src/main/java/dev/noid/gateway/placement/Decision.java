package dev.noid.gateway.placement;

import dev.noid.gateway.store.Outgoing;
import java.util.List;

/// What became of a VM's queued jobs.
///
/// @param outgoing what workers have to hear of once the transaction has committed
/// @param ended    jobs that ended here: nothing could ever come to them
/// @param noRoom   a create or start waits for room
public record Decision(List<Outgoing> outgoing, List<String> ended, boolean noRoom) {
    static final Decision NOTHING = new Decision(List.of(), List.of(), false);
}
