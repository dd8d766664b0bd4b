package dev.noid.standalone;

import dev.noid.standalone.process.Ports;
import dev.noid.standalone.supervisor.StackState;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Where the parts listen, on the loopback address. The same as last time when that is possible.
///
/// @param controller the broker's second one
record StackPorts(int gateway, int broker, int controller, int postgres) {

    /// @param wanted for the gateway; 0: a free one
    static StackPorts choose(Optional<StackState> before, int wanted) {
        Set<Integer> taken = new HashSet<>();
        int gateway = wanted != 0 ? wanted : one(before.map(state -> state.port("gateway")), taken);
        taken.add(gateway);
        return new StackPorts(
                gateway,
                one(before.map(state -> state.port("broker")), taken),
                one(before.map(StackState::controllerPort), taken),
                one(before.map(state -> state.port("postgres")), taken));
    }

    /// Nobody listens yet, so that a port is free for two of us as well.
    private static int one(Optional<Integer> last, Set<Integer> taken) {
        int port = Ports.freeOne(last.orElse(0));
        while (!taken.add(port)) {
            port = Ports.freeOne(0);
        }
        return port;
    }
}
