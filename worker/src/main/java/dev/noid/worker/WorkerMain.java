package dev.noid.worker;

import dev.noid.schema.config.ConfigException;
import dev.noid.schema.config.ConfigReader;
import dev.noid.schema.config.LogConfig;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The worker as a process: configuration from `NOID_…` and the file, `ready host=ID` on stdout once it serves,
/// its log on stderr.
public final class WorkerMain {
    private static final Path FILE = Path.of("/etc/noid/config.toml");
    private static final int BAD_CONFIGURATION = 2;
    private static final int DIED = 1;

    private WorkerMain() {}

    @SuppressWarnings("SystemOut") // The one line that says it is ready.
    public static void main(String[] args) throws InterruptedException {
        LogConfig.use("dev/noid/worker/logback.xml");
        Logger log = LoggerFactory.getLogger(WorkerMain.class);
        try {
            Worker worker = Worker.start(WorkerConfig.read(new ConfigReader(System.getenv(), FILE)));
            Runtime.getRuntime().addShutdownHook(new Thread(worker::close, "shutdown"));
            System.out.println("ready host=" + worker.hostId());
            log.error(
                    "a part died, so the process ends; the next start goes on",
                    worker.died().join());
        } catch (ConfigException e) {
            System.err.println(e.getMessage());
            System.exit(BAD_CONFIGURATION);
        } catch (RuntimeException e) {
            log.error("the worker could not start", e);
        }
        System.exit(DIED);
    }
}
