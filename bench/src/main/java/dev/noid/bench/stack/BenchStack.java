package dev.noid.bench.stack;

import dev.noid.bench.bare.Kit;
import dev.noid.bench.bare.Trees;
import dev.noid.bench.bare.Workers;
import dev.noid.schema.TokenFormat;
import dev.noid.standalone.Stack;
import dev.noid.standalone.StackOptions;
import dev.noid.standalone.firststart.FirstTenant;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A Noid of its own with a data directory of its own, as `noid up` starts it. Ends with all its VMs and files.
public final class BenchStack implements AutoCloseable {
    private final Path directory;
    private final Path bare;
    private final Path tmpfs;
    private final Stack stack;
    private boolean closed;
    private final HttpClient http = HttpClient.newHttpClient();

    private BenchStack(Path directory, Path tmpfs, Stack stack) throws IOException {
        this.directory = directory;
        this.bare = Files.createDirectory(directory.resolve("bare"));
        this.tmpfs = tmpfs;
        this.stack = stack;
    }

    /// @param environment of the parts; what names another stack in it does not count
    public static BenchStack start(Map<String, String> environment, StackKind kind)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("noid-bench-").toRealPath();
        // The database's user and the VMs' users pass through.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        Map<String, String> own = new HashMap<>(environment);
        own.keySet().removeIf(name -> name.matches("NOID_(SERVER|TOKEN|VM|DATA|PORT|HOST|KAFKA|DATABASE_.*)"));
        own.putAll(kind.environment());
        Path shared = Path.of(environment.getOrDefault("NOID_TMPFS", "/dev/shm"));
        Stack stack = Stack.start(directory.resolve("data"), new StackOptions(0, own));
        return new BenchStack(directory, Files.createTempDirectory(shared, "noid-bench-"), stack);
    }

    public String url() {
        return stack.url();
    }

    public String token() throws IOException {
        return stack.adminToken();
    }

    public Api api() throws IOException {
        return new Api(new ApiConnection(stack.url(), stack.adminToken()));
    }

    /// For somebody who is not the one of [#api].
    public Api apiOfAnotherToken() throws IOException {
        String token = TokenFormat.mint(new SecureRandom());
        try {
            new FirstTenant(stack.jdbcUrl(), "noid", stack.password("noid")).ensure(token);
        } catch (SQLException e) {
            throw new IOException(e);
        }
        return new Api(new ApiConnection(stack.url(), token));
    }

    /// Of the processes that are measured, by their parts.
    public Map<String, Long> pids() {
        Map<String, Long> pids = new LinkedHashMap<>();
        for (String part : CpuTimes.PARTS) {
            stack.process(part).ifPresent(process -> pids.put(part, process.pid()));
        }
        return pids;
    }

    /// Everything that an exec says, from its begin.
    public OutputSocket output(String job, OutputSocket.Arrival arrival) throws IOException {
        return OutputSocket.open(http, stack.url(), stack.adminToken(), job, arrival);
    }

    /// Kafka's `bootstrap.servers`.
    public String bootstrap() {
        return stack.bootstrap();
    }

    /// Of the stack's own database; another one on the same server differs in its last part.
    public String jdbcUrl() {
        return stack.jdbcUrl();
    }

    public String ownersPassword() throws IOException {
        return stack.password("noid");
    }

    /// For bare VMs like this running one.
    ///
    /// @param image directory of the image that it has
    public Kit kitLike(JsonNode vm, Path image) throws IOException {
        Path vms = directory.resolve("data/vms");
        return Kit.like(
                vms,
                vm.path("id").asString(),
                image,
                bare,
                tmpfs,
                vm.path("diskMib").asInt());
    }

    public CpuTimes cpuTimes() {
        Map<String, ProcessHandle> parts = new LinkedHashMap<>();
        for (String part : CpuTimes.PARTS) {
            stack.process(part)
                    .flatMap(process -> ProcessHandle.of(process.pid()))
                    .ifPresent(process -> parts.put(part, process));
        }
        return CpuTimes.of(parts);
    }

    /// Where a VM's checkpoints are kept.
    public Path checkpoints(JsonNode vm) {
        return directory.resolve("data/checkpoints").resolve(vm.path("id").asString());
    }

    public Path workerLog() {
        return directory.resolve("data/logs/worker.log");
    }

    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            stack.closeWithVms();
        } finally {
            http.shutdownNow();
            Workers.endBelow(bare);
            Trees.remove(tmpfs);
            Trees.remove(directory);
        }
    }
}
