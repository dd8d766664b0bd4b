package dev.noid.worker;

import dev.noid.schema.Names;
import dev.noid.schema.config.ConfigReader;
import dev.noid.worker.checkpoint.Room;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// All that a worker is told, checked.
///
/// @param kafka      bootstrap servers
/// @param partitions of topics that are not there yet
/// @param host       this host's name
/// @param data       root of the files: `vms/`, `images/`
/// @param memoryMib  what VMs may use together
/// @param images     directory whose sub-directories are images to take over at the start
/// @param agent      the agent's binary, for the stub engine
/// @param tmpfs      where the memory of VMs lies
/// @param checkpointMib what checkpoints may take together
/// @param pool       VMs that stand ready for each template used lately; 0 is none
/// @param poolMib    memory that these may have together; it is not there for other VMs
/// @param crashPoint file that names the point to die at, see [CrashPoints]
public record WorkerConfig(
        String kafka,
        int partitions,
        String databaseUrl,
        String databaseUser,
        String databasePassword,
        String host,
        Path data,
        EngineChoice engine,
        int memoryMib,
        Optional<Path> images,
        Optional<Path> agent,
        Path tmpfs,
        int checkpointMib,
        int pool,
        int poolMib,
        Optional<Path> crashPoint) {

    public enum EngineChoice {
        AUTO,
        QEMU,
        STUB
    }

    private static final int SMALLEST_MIB = 64;
    private static final int LARGEST_MIB = 16 << 20;
    private static final int LONGEST_NAME = 63;

    /// Throws [dev.noid.schema.config.ConfigException] with all problems.
    public static WorkerConfig read(ConfigReader reader) {
        Path data = reader.path("data", Path.of("/var/lib/noid"));
        EngineChoice engine = reader.oneOf("engine", EngineChoice.AUTO, EngineChoice.class);
        Optional<Path> agent = reader.optional("agent").map(WorkerConfig::absolute);
        if (engine == EngineChoice.STUB && agent.filter(Files::isExecutable).isEmpty()) {
            reader.problem("agent must name the noid-agent binary when engine is stub: give NOID_AGENT");
        }
        String host = reader.optional("host")
                .orElseGet(() -> HostMark.read(data).map(HostMark::name).orElseGet(WorkerConfig::ownName));
        if (!Names.valid(host)) {
            reader.problem("host is '" + host + "', but must match " + Names.FORM);
        }
        Path tmpfs = reader.path("tmpfs", Path.of("/dev/shm"));
        int memoryMib = (int) reader.integer("memory", usableMib(engine, tmpfs), SMALLEST_MIB, LARGEST_MIB);
        OptionalLong ofTmpfs = engine == EngineChoice.STUB ? OptionalLong.empty() : sizeMib(tmpfs);
        if (ofTmpfs.isPresent() && memoryMib > Math.max(SMALLEST_MIB, ofTmpfs.getAsLong())) {
            reader.problem("memory is " + memoryMib + " (MiB), but VMs' memory lies in " + tmpfs + ", which holds "
                    + ofTmpfs.getAsLong() + ": ask for less with NOID_MEMORY, make it larger (mount -o remount,size=…"
                    + "), or name another tmpfs with NOID_TMPFS");
        }
        WorkerConfig config = new WorkerConfig(
                reader.required("kafka"),
                (int) reader.integer("partitions", 8, 1, 10_000),
                reader.required("database_url"),
                reader.string("database_user", "noid_worker"),
                password(reader),
                host,
                data,
                engine,
                memoryMib,
                reader.optional("images").map(WorkerConfig::absolute),
                agent,
                tmpfs,
                (int) reader.integer("checkpoint_space", halfOfDiskMib(data), 1, Integer.MAX_VALUE),
                // A stub is a process that starts in no time.
                (int) reader.integer("pool", engine == EngineChoice.STUB ? 0 : 1, 0, 100),
                (int) reader.integer("pool_memory", 512, 0, LARGEST_MIB),
                reader.optional("crash_point").map(WorkerConfig::absolute));
        reader.finish();
        return config;
    }

    /// What VMs that somebody has may use together.
    int memoryForVmsMib() {
        return pool == 0 ? memoryMib : Math.max(SMALLEST_MIB, memoryMib - poolMib);
    }

    /// Of those, what the host could really give them now.
    ///
    /// @param bytes that all VMs could have together now, those of the pool too
    int backedMib(long bytes) {
        return Math.clamp((bytes >> 20) - (pool == 0 ? 0 : poolMib), 0, memoryForVmsMib());
    }

    private static Path absolute(String text) {
        return Path.of(text).toAbsolutePath().normalize();
    }

    private static String password(ConfigReader reader) {
        return reader.optional("database_password_file")
                .map(file -> {
                    try {
                        return Files.readString(Path.of(file)).strip();
                    } catch (IOException e) {
                        reader.problem("database_password_file can't be read: " + file);
                        return "";
                    }
                })
                .orElse("");
    }

    /// The machine's own name, made to fit.
    private static String ownName() {
        try {
            String name = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
            int dot = name.indexOf('.');
            String first = (dot < 0 ? name : name.substring(0, dot)).replaceAll("[^a-z0-9-]", "-");
            String fitting =
                    first.substring(0, Math.min(LONGEST_NAME, first.length())).replaceAll("^-+|-+$", "");
            return fitting.isEmpty() ? "host" : fitting;
        } catch (UnknownHostException e) {
            return "host";
        }
    }

    private static long halfOfDiskMib(Path data) {
        try {
            return Math.clamp(Room.half(data) >> 20, 1, Integer.MAX_VALUE);
        } catch (IOException e) {
            return SMALLEST_MIB; // The data directory can't be used, which its own use will say.
        }
    }

    /// Three quarters of the machine, and no more than the tmpfs for VMs' memory holds: a VM that touches a page for
    /// which that has no room dies.
    private static long usableMib(EngineChoice engine, Path tmpfs) {
        long ofHost = hostMemoryMib() * 3L / 4;
        // Where it is not there, whoever uses it says so.
        long ofTmpfs = engine == EngineChoice.STUB ? ofHost : sizeMib(tmpfs).orElse(ofHost) * 9L / 10;
        return Math.max(SMALLEST_MIB, Math.min(ofHost, ofTmpfs));
    }

    /// Empty when it is not there.
    private static OptionalLong sizeMib(Path tmpfs) {
        try {
            return OptionalLong.of(Files.getFileStore(tmpfs).getTotalSpace() >> 20);
        } catch (IOException _) {
            return OptionalLong.empty();
        }
    }

    private static int hostMemoryMib() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemTotal:")) {
                    return (int) (Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10);
                }
            }
        } catch (IOException e) {
            // Below: not a Linux we know, so ask for it.
        }
        return SMALLEST_MIB;
    }

    /// Without the secret.
    @Override
    public String toString() {
        return "kafka=" + kafka + " database=" + databaseUrl + " user=" + databaseUser + " host=" + host + " data="
                + data
                + " engine=" + engine.name().toLowerCase(Locale.ROOT) + " memory_mib=" + memoryMib + " images="
                + shown(images.orElse(null)) + " agent=" + shown(agent.orElse(null)) + " tmpfs=" + tmpfs
                + " checkpoint_mib=" + checkpointMib + " pool=" + pool + " pool_mib=" + poolMib
                + " crash_point="
                + shown(crashPoint.orElse(null));
    }

    private static String shown(@Nullable Path path) {
        return path == null ? "none" : path.toString();
    }
}
