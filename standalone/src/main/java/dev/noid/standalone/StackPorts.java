package dev.noid.standalone;

import dev.noid.standalone.process.Ports;
import dev.noid.standalone.supervisor.StackState;
import java.util.Optional;

/// Where the parts listen, on the loopback address. The same as last time when that is possible.
///
/// @param controller the broker's second one
record StackPorts(int gateway, int broker, int controller, int postgres) {

    /// @param wanted for the gateway; 0: a free one
    static StackPorts choose(Optional<StackState> before, int wanted) {
        return new StackPorts(
                wanted != 0 ? wanted : again(before, "gateway"),
                again(before, "broker"),
                Ports.freeOne(before.map(StackState::controllerPort).orElse(0)),
                again(before, "postgres"));
    }

    private static int again(Optional<StackState> before, String part) {
        return Ports.freeOne(before.map(state -> state.port(part)).orElse(0));
    }
}
