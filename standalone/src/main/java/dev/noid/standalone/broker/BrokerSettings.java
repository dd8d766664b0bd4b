package dev.noid.standalone.broker;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// One small node that is broker and controller, reachable from this machine only.
///
/// @param data the log directory; Kafka takes a list of them, so a comma parts its path in two
/// @param port for clients
/// @param controllerPort for itself
public record BrokerSettings(Path data, int port, int controllerPort) {
    public static final int NODE_ID = 1;
    public static final String CONTROLLER_LISTENER = "CONTROLLER";

    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    Map<String, String> properties() {
        Map<String, String> all = new HashMap<>(identity());
        all.putAll(oneNode());
        all.putAll(small());
        all.putAll(quick());
        return all;
    }

    private Map<String, String> identity() {
        return Map.of(
                "process.roles",
                "broker,controller",
                "node.id",
                Integer.toString(NODE_ID),
                "log.dirs",
                data.toString(),
                "listeners",
                "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort,
                "advertised.listeners",
                "PLAINTEXT://127.0.0.1:" + port,
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "controller.listener.names",
                CONTROLLER_LISTENER,
                "controller.quorum.voters",
                NODE_ID + "@127.0.0.1:" + controllerPort,
                "auto.create.topics.enable",
                "false");
    }

    private static Map<String, String> oneNode() {
        return Map.of(
                "default.replication.factor", "1",
                "offsets.topic.replication.factor", "1",
                "offsets.topic.num.partitions", "1",
                "transaction.state.log.replication.factor", "1",
                "transaction.state.log.min.isr", "1",
                "transaction.state.log.num.partitions", "1",
                "share.coordinator.state.topic.replication.factor", "1",
                "share.coordinator.state.topic.min.isr", "1",
                "share.coordinator.state.topic.num.partitions", "1");
    }

    private static Map<String, String> small() {
        return Map.of(
                // The default is a 128 MiB buffer, for a cleaner that has nothing to compact here.
                "log.cleaner.dedupe.buffer.size", Integer.toString(2 << 20),
                "log.segment.bytes", Integer.toString(16 << 20),
                "log.index.size.max.bytes", Integer.toString(1 << 20),
                "num.network.threads", "1",
                "num.io.threads", "2",
                "background.threads", "2",
                "num.recovery.threads.per.data.dir", "2");
    }

    private static Map<String, String> quick() {
        return Map.of(
                // A broker that was killed waits for its own old session before it serves again: 9 s by default.
                "broker.session.timeout.ms", "3000",
                "broker.heartbeat.interval.ms", "500",
                "group.initial.rebalance.delay.ms", "0",
                "controller.quorum.election.timeout.ms", "100",
                "controller.quorum.fetch.timeout.ms", "200",
                "controller.quorum.append.linger.ms", "0",
                // A no-op record every 0.5 s is of use to nobody on one node.
                "metadata.max.idle.interval.ms", "0",
                "initial.broker.registration.timeout.ms", "60000");
    }
}
