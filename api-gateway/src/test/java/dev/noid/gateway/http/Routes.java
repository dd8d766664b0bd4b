package dev.noid.gateway.http;

import dev.noid.gateway.dispatch.CommandProducer;
import dev.noid.gateway.dispatch.Dispatcher;
import dev.noid.gateway.limit.Limits;
import dev.noid.gateway.limit.Quota;
import dev.noid.gateway.live.ExecResults;
import dev.noid.gateway.live.JobWaiters;
import dev.noid.gateway.live.JobWatch;
import dev.noid.gateway.live.KafkaOutput;
import dev.noid.gateway.live.LogReader;
import dev.noid.gateway.live.OutputReader;
import dev.noid.gateway.live.SignalAnswers;
import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.placement.PlacementLoop;
import dev.noid.gateway.policy.Policies;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseConfig;
import dev.noid.gateway.submit.Cancels;
import dev.noid.gateway.submit.Checkpointing;
import dev.noid.gateway.submit.Creates;
import dev.noid.gateway.submit.Execs;
import dev.noid.gateway.submit.Forks;
import dev.noid.gateway.submit.Keeping;
import dev.noid.gateway.submit.Lifecycles;
import dev.noid.gateway.submit.Signals;
import dev.noid.gateway.submit.Submit;
import dev.noid.gateway.submit.VmChanges;
import dev.noid.schema.Ids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// The server's routes, made from real parts that have nobody to talk to.
final class Routes {
    private Routes() {}

    static List<Route> all() {
        try {
            Path password = Files.createTempFile("noid-password", null);
            try (Database database =
                            new Database(new DatabaseConfig("jdbc:postgresql://127.0.0.1:1/x", "x", password));
                    CommandProducer producer = new CommandProducer("127.0.0.1:1");
                    Dispatcher dispatcher = new Dispatcher(database, producer, () -> {});
                    ExecResults results = new ExecResults("127.0.0.1:1", () -> {});
                    KafkaOutput output = new KafkaOutput("127.0.0.1:1", new Quota(Limits.DEFAULT.readers()))) {
                Ids ids = new Ids(InstantSource.system());
                Placement placement = new Placement();
                PlacementLoop loop = new PlacementLoop(database, placement, dispatcher, _ -> {}, () -> {});
                Submit submit = new Submit(database, loop, _ -> {});
                JobWatch watch = new JobWatch((_, _) -> Optional.empty(), new JobWaiters());
                Policies policies = new Policies();
                Creates creates = new Creates(submit, placement, ids, new Random(1), 1);
                Checkpointing checkpointing = new Checkpointing(submit, placement, ids);
                var work = new Api.Work(
                        creates,
                        new Lifecycles(submit, placement, policies, ids),
                        new Execs(submit, database, placement, ids),
                        new Cancels(submit),
                        new Signals(database, dispatcher, new SignalAnswers(), ids),
                        checkpointing,
                        new Forks(submit, placement, checkpointing, creates),
                        new Keeping(submit, database, policies),
                        new VmChanges(database));
                return Api.of(
                                database,
                                work,
                                watch,
                                results,
                                new OutputReader(watch, output),
                                new LogReader((_, _, _) -> Optional.empty(), output))
                        .routes();
            } finally {
                Files.delete(password);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
