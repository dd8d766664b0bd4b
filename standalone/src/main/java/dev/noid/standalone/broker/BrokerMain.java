package dev.noid.standalone.broker;

import dev.noid.schema.config.LogConfig;
import dev.noid.schema.record.TopicSetup;
import java.nio.file.Path;
import java.util.Optional;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.AppInfoParser;

/// The broker's process. Makes the topics before it says `ready port=N`, because here all of Kafka's classes
/// are loaded already. Kafka's own fault handlers end the process when the broker can't go on; the supervisor
/// starts it again.
///
/// Exit codes: 78 the data directory must not be opened by this version; 1 the broker could not start.
///
/// None of these Kafka classes is public API: they are named in this package only.
public final class BrokerMain {
    private static final int REFUSED = 78;

    private BrokerMain() {}

    /// @param args data directory, port, controller port, partitions of a topic
    public static void main(String[] args) throws Exception {
        LogConfig.use("dev/noid/standalone/logback-broker.xml");
        BrokerSettings settings =
                new BrokerSettings(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        int partitions = Integer.parseInt(args[3]);
        BrokerData data = new BrokerData(settings.data(), AppInfoParser.getVersion());
        Optional<String> refusal = data.refusal();
        if (refusal.isPresent()) {
            System.err.println(refusal.get());
            System.exit(REFUSED);
        }
        try {
            data.prepare();
            serve(settings, partitions);
        } catch (Throwable e) {
            // Threads of a broker that is half started would keep the process alive, and it would look well.
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private static void serve(BrokerSettings settings, int partitions) {
        KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings.properties(), false), Time.SYSTEM);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "broker-stop"));
        server.startup();
        TopicSetup.ensure(settings.bootstrap(), partitions);
        System.out.println("ready port=" + settings.port());
        server.awaitShutdown();
    }
}
