package dev.noid.gateway;

import dev.noid.schema.config.ConfigException;
import dev.noid.schema.config.ConfigReader;
import dev.noid.schema.config.LogConfig;
import java.net.BindException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The gateway as a process: `NOID_…` in, one line `ready port=N` out. Exits 2 on bad configuration, 1 when it can't
/// start or a loop dies.
public final class GatewayMain {
    private GatewayMain() {}

    @SuppressWarnings("SystemOut") // The line a supervisor waits for
    public static void main(String[] args) throws InterruptedException {
        LogConfig.use("dev/noid/gateway/logback.xml");
        Logger log = LoggerFactory.getLogger(GatewayMain.class);
        GatewayConfig config;
        try {
            ConfigReader reader = new ConfigReader(System.getenv(), Path.of("/etc/noid/config.toml"));
            config = GatewayConfig.from(reader);
            log.info("configuration {}", reader.effective());
        } catch (ConfigException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        AtomicReference<@Nullable Gateway> running = new AtomicReference<>();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            Gateway gateway = running.get();
            if (gateway != null) {
                log.info("gateway stops");
                gateway.close();
            }
        }));
        try {
            // halt: a loop has died, and an orderly stop could wait for it.
            Gateway gateway = Gateway.start(config, () -> Runtime.getRuntime().halt(1));
            running.set(gateway);
            System.out.println("ready port=" + gateway.port());
        } catch (RuntimeException e) {
            if (Patience.root(e) instanceof BindException taken) {
                log.error(
                        "gateway can't start, {}:{}: {}", config.listenHost(), config.listenPort(), taken.getMessage());
            } else {
                log.error("gateway can't start", e);
            }
            System.exit(1);
        }
    }
}
