package dev.noid.gateway.ws;

import dev.noid.gateway.dispatch.CommandProducer;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.JobRow;
import dev.noid.schema.ExecId;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.record.Input;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Stdin of one exec from one client, to the partition of the exec's host.
final class StdinSender {
    private final Database database;
    private final CommandProducer producer;
    private final String tenant;
    private final String job;
    private final StdinGate gate = new StdinGate();
    private @Nullable Destination destination;

    private record Destination(String host, int partition, ExecId exec) {}

    StdinSender(Database database, CommandProducer producer, String tenant, String job) {
        this.database = database;
        this.producer = producer;
        this.tenant = tenant;
        this.job = job;
    }

    void heard(OutputLine.InputAck ack) {
        gate.heard(ack);
    }

    String next() {
        return gate.next();
    }

    /// False when it is not what may be sent now.
    synchronized boolean send(long offset, byte[] bytes, boolean eof, Runnable undelivered)
            throws InterruptedException {
        return switch (gate.check(offset, bytes.length, eof)) {
            case DROP -> true;
            case REFUSE -> false;
            case SEND -> {
                Optional<Destination> to = destination();
                if (to.isEmpty()) {
                    yield false;
                }
                var input = new Input(to.get().host(), to.get().exec(), offset, bytes, eof);
                var _ = producer.send(input, to.get().partition()).whenComplete((_, error) -> {
                    if (error != null) {
                        undelivered.run();
                    }
                });
                yield true;
            }
        };
    }

    /// Known once a grant was heard: the exec runs then, and stays where it is.
    private Optional<Destination> destination() {
        if (destination == null) {
            destination = database.read(tx -> tx.jobs().find(tenant, job).flatMap(row -> Optional.ofNullable(row.host())
                            .map(host -> destination(row, host, tx.hosts().commandPartition(host)))))
                    .orElse(null);
        }
        return Optional.ofNullable(destination);
    }

    private static Destination destination(JobRow row, String host, int partition) {
        return new Destination(host, partition, row.exec());
    }
}
