package dev.noid.bench.bare;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// QEMU with an agent in it, run by hand: the floor under every figure of a VM.
public final class BareVm implements AutoCloseable {
    private static final Duration BOOT = Duration.ofSeconds(60);
    private static final Duration SOCKET = Duration.ofSeconds(10);
    private static final double NANOS_PER_MILLI = 1e6;
    private static final long MIB = 1 << 20;

    private final Kit kit;
    private final Path directory;
    private final Process process;
    private final BareAgent agent;
    private Path disk;
    private int layer;

    private BareVm(Kit kit, Path directory, Path disk, Process process, BareAgent agent) {
        this.kit = kit;
        this.directory = directory;
        this.disk = disk;
        this.process = process;
        this.agent = agent;
    }

    /// A new one, from nothing to an agent that answers.
    public static BareVm boot(Kit kit, String name) throws IOException, InterruptedException {
        Path directory = files(kit, name, kit.image().resolve("rootfs"), "raw");
        try (FileChannel memory =
                FileChannel.open(memory(kit, name), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            memory.write(ByteBuffer.allocate(1), kit.memoryMib() * MIB - 1);
        }
        return start(kit, directory, directory.resolve("0.qcow2"));
    }

    /// A new one that goes on from a checkpoint.
    public static BareVm restore(Kit kit, String name, BareCheckpoint from) throws IOException, InterruptedException {
        Path directory = files(kit, name, from.disk(), "qcow2");
        copySparse(from.memory(), memory(kit, name));
        Path disk = directory.resolve("0.qcow2");
        Process process = qemu(kit, directory, disk, List.of("-incoming", "defer", "-S"));
        Path run = directory.resolve("run");
        try {
            try (Qmp qmp = Qmp.connect(run.resolve("q"))) {
                qmp.ignoreSharedMemory();
                qmp.run("migrate-incoming", Map.of("uri", "unix:m"));
                send(from.state(), run.resolve("m"));
                qmp.awaitMigrated();
                qmp.run("cont", Map.of());
            }
            return new BareVm(kit, directory, disk, process, BareAgent.connect(run.resolve("a"), 1, SOCKET));
        } catch (IOException failed) {
            process.destroyForcibly();
            throw failed;
        }
    }

    private static Path memory(Kit kit, String name) {
        return kit.tmpfs().resolve(name + ".mem");
    }

    private static Path files(Kit kit, String name, Path base, String format) throws IOException, InterruptedException {
        Path directory = kit.disks().resolve(name);
        Path run = Files.createDirectories(directory.resolve("run"));
        Commands.run(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-F",
                format,
                "-b",
                base.toString(),
                directory.resolve("0.qcow2").toString(),
                kit.diskMib() + "M");
        Files.createSymbolicLink(run.resolve("kernel"), kit.image().resolve("kernel"));
        Files.createSymbolicLink(run.resolve("initrd"), kit.image().resolve("initrd"));
        Files.createSymbolicLink(run.resolve("mem"), memory(kit, name));
        return directory;
    }

    private static BareVm start(Kit kit, Path directory, Path disk) throws IOException {
        Process process = qemu(kit, directory, disk, List.of());
        try {
            BareAgent agent = BareAgent.connect(directory.resolve("run/a"), 1, BOOT);
            return new BareVm(kit, directory, disk, process, agent);
        } catch (IOException failed) {
            process.destroyForcibly();
            throw failed;
        }
    }

    private static Process qemu(Kit kit, Path directory, Path disk, List<String> more) throws IOException {
        return new ProcessBuilder(kit.commandWith(disk, more))
                .directory(directory.resolve("run").toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    private static void send(Path state, Path socket) throws IOException {
        try (SocketChannel channel = Sockets.connect(socket, SOCKET)) {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(state));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
        Files.deleteIfExists(socket);
    }

    /// Whoever copies knows where the holes are, and makes more of what is zero.
    private static void copySparse(Path from, Path to) throws IOException, InterruptedException {
        Commands.run("cp", "--sparse=always", from.toString(), to.toString());
    }

    public BareAgent agent() {
        return agent;
    }

    /// Keeps disk, devices and memory in one pause, while the VM's life goes on after it.
    public BareCheckpoint checkpoint(String name) throws IOException, InterruptedException {
        Path target = Files.createDirectory(directory.resolve(name));
        double pause;
        Path next = directory.resolve(++layer + ".qcow2");
        Path socket = directory.resolve("run/m");
        try (Qmp qmp = Qmp.connect(directory.resolve("run/q"));
                ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            qmp.ignoreSharedMemory();
            long stopped = System.nanoTime();
            qmp.run("stop", Map.of());
            qmp.run(
                    "blockdev-snapshot-sync",
                    Map.of(
                            "node-name",
                            layer == 1 ? kit.diskNode() : "l" + (layer - 1),
                            "snapshot-file",
                            next.toString(),
                            "snapshot-node-name",
                            "l" + layer,
                            "format",
                            "qcow2"));
            qmp.run("migrate", Map.of("uri", "unix:m"));
            receive(server, BareCheckpoint.state(target));
            qmp.awaitMigrated();
            copySparse(memory(kit, directory.getFileName().toString()), BareCheckpoint.memory(target));
            qmp.run("cont", Map.of());
            pause = (System.nanoTime() - stopped) / NANOS_PER_MILLI;
        } finally {
            Files.deleteIfExists(socket);
        }
        BareCheckpoint checkpoint = new BareCheckpoint(target, disk, pause);
        disk = next;
        return checkpoint;
    }

    private static void receive(ServerSocketChannel server, Path file) throws IOException {
        try (SocketChannel channel = server.accept();
                FileChannel state = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 16);
            while (channel.read(bytes) >= 0) {
                bytes.flip();
                while (bytes.hasRemaining()) {
                    state.write(bytes);
                }
                bytes.clear();
            }
        }
    }

    /// Asks the guest to end and waits until QEMU has.
    public void stop() throws IOException, InterruptedException {
        agent.shutdown(Duration.ofSeconds(8));
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new IOException("the bare VM does not stop");
        }
        agent.close();
    }

    /// The same disk again, after [#stop].
    public BareVm startAgain() throws IOException {
        try (FileChannel memory =
                FileChannel.open(memory(kit, directory.getFileName().toString()), StandardOpenOption.WRITE)) {
            memory.truncate(0);
            memory.write(ByteBuffer.allocate(1), kit.memoryMib() * MIB - 1);
        }
        return start(kit, directory, disk);
    }

    /// The process only.
    public void kill() throws IOException {
        process.destroyForcibly();
        process.onExit().join();
        agent.close();
    }

    /// Ends it and removes its files, its checkpoints among them.
    @Override
    public void close() throws IOException {
        kill();
        Files.deleteIfExists(memory(kit, directory.getFileName().toString()));
        Trees.remove(directory);
    }

    /// The last thing it said, for a failure's message.
    @Override
    public String toString() {
        try {
            return Files.readString(directory.resolve("log"), StandardCharsets.UTF_8);
        } catch (IOException _) {
            return directory.toString();
        }
    }
}
