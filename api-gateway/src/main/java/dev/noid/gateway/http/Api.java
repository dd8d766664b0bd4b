package dev.noid.gateway.http;

import dev.noid.gateway.live.ExecResults;
import dev.noid.gateway.live.JobWatch;
import dev.noid.gateway.live.LogReader;
import dev.noid.gateway.live.OutputReader;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.submit.Cancels;
import dev.noid.gateway.submit.Checkpointing;
import dev.noid.gateway.submit.Creates;
import dev.noid.gateway.submit.Execs;
import dev.noid.gateway.submit.Forks;
import dev.noid.gateway.submit.Keeping;
import dev.noid.gateway.submit.Lifecycles;
import dev.noid.gateway.submit.Signals;
import dev.noid.gateway.submit.VmChanges;
import java.util.List;
import java.util.stream.Stream;

/// Every route there is.
///
/// @param auth checks the token of each
public record Api(Auth auth, List<Route> routes) {
    /// What routes hand requests to.
    public record Work(
            Creates creates,
            Lifecycles lifecycles,
            Execs execs,
            Cancels cancels,
            Signals signals,
            Checkpointing checkpointing,
            Forks forks,
            Keeping keeping,
            VmChanges changes) {}

    public static Api of(
            Database database, Work work, JobWatch watch, ExecResults results, OutputReader outputs, LogReader logs) {
        Replies replies = new Replies(watch, results);
        return new Api(
                new Auth(database),
                Stream.of(
                                new VmRoutes(database, work, results, outputs, replies).routes(),
                                new CheckpointRoutes(database, work, watch, replies).routes(),
                                new JobRoutes(database, watch, work.cancels(), work.signals(), replies).routes(),
                                new OutputRoutes(watch, outputs, logs).routes(),
                                new StreamRoute(watch).routes(),
                                new SystemRoutes(database).routes())
                        .flatMap(List::stream)
                        .toList());
    }
}
