package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.worker.engine.VmmSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Gives a QEMU that waits for it the device state it goes on with; its memory and disk it has as files.
final class QemuLoad {
    private static final String SOCKET = "m";

    private final QemuPlan plan;
    private final QmpEye qmp;

    QemuLoad(QemuPlan plan, QmpEye qmp) {
        this.plan = plan;
        this.qmp = qmp;
    }

    void run(Deadline deadline) throws QmpFailure {
        CompletableFuture<String> loaded = qmp.migrate("migrate-incoming", "unix:" + SOCKET, deadline);
        long generation = plan.boot().generation();
        try (SocketChannel channel =
                VmmSocket.connect(plan.home().run(generation).resolve(SOCKET))) {
            ByteBuffer state = ByteBuffer.wrap(Files.readAllBytes(plan.home().state(generation)));
            while (state.hasRemaining()) {
                channel.write(state);
            }
            channel.shutdownOutput();
            if (!QmpClient.await(loaded, deadline, "migrate-incoming").equals("completed")) {
                throw new QmpFailure("QEMU could not read the state");
            }
        } catch (IOException failed) {
            throw new QmpFailure("the state could not be handed over: " + failed.getMessage());
        }
        qmp.ask("cont", Map.of(), deadline);
    }
}
