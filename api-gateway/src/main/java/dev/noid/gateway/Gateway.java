package dev.noid.gateway;

import dev.noid.gateway.dispatch.CommandProducer;
import dev.noid.gateway.dispatch.Dispatcher;
import dev.noid.gateway.http.Api;
import dev.noid.gateway.http.HttpServer;
import dev.noid.gateway.limit.Limits;
import dev.noid.gateway.limit.Quota;
import dev.noid.gateway.live.Events;
import dev.noid.gateway.live.ExecResults;
import dev.noid.gateway.live.JobWaiters;
import dev.noid.gateway.live.JobWatch;
import dev.noid.gateway.live.KafkaOutput;
import dev.noid.gateway.live.LogReader;
import dev.noid.gateway.live.OutputReader;
import dev.noid.gateway.live.SignalAnswers;
import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.placement.PlacementLoop;
import dev.noid.gateway.policy.Forgetter;
import dev.noid.gateway.policy.Policies;
import dev.noid.gateway.policy.PolicyLoop;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.submit.Cancels;
import dev.noid.gateway.submit.Checkpointing;
import dev.noid.gateway.submit.Creates;
import dev.noid.gateway.submit.Execs;
import dev.noid.gateway.submit.Forks;
import dev.noid.gateway.submit.Keeping;
import dev.noid.gateway.submit.Lifecycles;
import dev.noid.gateway.submit.LifetimeLoop;
import dev.noid.gateway.submit.Signals;
import dev.noid.gateway.submit.Submit;
import dev.noid.gateway.submit.VmChanges;
import dev.noid.gateway.ws.StreamSockets;
import dev.noid.schema.Ids;
import dev.noid.schema.record.Event;
import dev.noid.schema.record.TopicSetup;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One gateway, wired by hand. Read from top to bottom it is the way of a request and back.
public final class Gateway implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Gateway.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final int port;

    /// Serves once this returns. Waits for the database and the broker, minutes if need be; throws when they do not
    /// come, or the address is taken. `onDeath` hears when a loop inside has died: the gateway is of no use then.
    public static Gateway start(GatewayConfig config, Runnable onDeath) throws InterruptedException {
        return new Gateway(config, onDeath);
    }

    /// For tests and other callers that only close it.
    public static Gateway start(GatewayConfig config) throws InterruptedException {
        return start(config, () -> {});
    }

    private Gateway(GatewayConfig config, Runnable onDeath) throws InterruptedException {
        try {
            var limits = Limits.DEFAULT;
            var ids = new Ids(InstantSource.system());
            var random = new SecureRandom();

            var topics = part(Patience.begin("broker", () -> TopicSetup.ensure(config.kafka(), config.partitions())));
            Patience.await("database", () -> Database.reach(config.database()));
            var database = part(new Database(config.database()));
            Patience.await("tables", () -> database.read(tx -> tx.hosts().imageNames()));
            topics.end();

            var producer = part(new CommandProducer(config.kafka()));
            var dispatcher = part(new Dispatcher(database, producer, onDeath));
            var waiters = new JobWaiters();
            var placement = new Placement();
            var placing = part(new PlacementLoop(database, placement, dispatcher, waiters::wake, onDeath));
            var policies = new Policies();
            var policing = part(new PolicyLoop(database, policies, onDeath));
            var forgetting = part(new Forgetter(database, config.keep(), onDeath));
            var answers = new SignalAnswers();
            var results = part(new ExecResults(config.kafka(), onDeath));
            var events = part(Patience.await(
                    "events",
                    () -> new Events(
                            config.kafka(),
                            event -> heard(event, waiters, results, placing, policing, answers),
                            onDeath)));

            var watch =
                    new JobWatch((tenant, id) -> database.read(tx -> tx.jobs().find(tenant, id)), waiters);
            var output = part(new KafkaOutput(config.kafka(), new Quota(limits.readers())));
            var outputs = new OutputReader(watch, output);
            var logs = new LogReader(
                    (tenant, name, log) -> database.read(tx -> tx.vms().log(tenant, name, log)), output);
            var submit = new Submit(database, placing, waiters::wake);
            var signals = new Signals(database, dispatcher, answers, ids);
            var creates = new Creates(submit, placement, ids, random, events.partitions());
            var checkpointing = new Checkpointing(submit, placement, ids);
            var lifecycles = new Lifecycles(submit, placement, policies, ids);
            var lifetimes = part(new LifetimeLoop(database, submit, lifecycles, onDeath));
            var work = new Api.Work(
                    creates,
                    lifecycles,
                    part(new Execs(submit, database, placement, ids)),
                    new Cancels(submit),
                    signals,
                    checkpointing,
                    new Forks(submit, placement, checkpointing, creates),
                    new Keeping(submit, database, policies),
                    new VmChanges(database));
            var streams = part(new StreamSockets(database, producer, outputs, signals, limits));

            results.start();
            events.start();
            dispatcher.start();
            placing.start();
            policing.start();
            lifetimes.start();
            forgetting.start();
            var server = part(new HttpServer(
                    config.listenHost(),
                    config.listenPort(),
                    Api.of(database, work, watch, results, outputs, logs),
                    streams,
                    limits));
            this.port = server.port();
            log.info("gateway serves host={} port={} partitions={}", config.listenHost(), port, events.partitions());
        } catch (RuntimeException | InterruptedException e) {
            close();
            throw e;
        }
    }

    /// An event is a hint that a row has changed: whoever waits for it reads it again, and its VM is looked at.
    private static void heard(
            Event event,
            JobWaiters waiters,
            ExecResults results,
            PlacementLoop placing,
            PolicyLoop policing,
            SignalAnswers answers) {
        switch (event) {
            case Event.AttemptStarted started -> waiters.wake(started.job());
            case Event.AttemptEnded ended -> {
                results.ended(ended);
                waiters.wake(ended.job());
                // Nothing ever waits for an exec to end.
                if (ended.outcome().exec() == null) {
                    placing.look(ended.vm());
                    policing.look(ended.vm());
                }
                // Forks may wait for it, and the second VMM of a restore has given its room back.
                if (ended.outcome().checkpoint() != null) {
                    placing.lookEverywhere();
                }
            }
            case Event.VmChanged changed -> {
                placing.look(changed.vm());
                switch (changed.observed()) {
                    case STOPPED, FAILED, DESTROYED -> placing.lookEverywhere();
                    case PENDING, STARTING, RUNNING, PAUSED, STOPPING -> {}
                }
            }
            case Event.SignalAnswered answered -> answers.answered(answered);
        }
    }

    public int port() {
        return port;
    }

    private <T extends AutoCloseable> T part(T part) {
        parts.push(part);
        return part;
    }

    /// In the reverse order of the start: no more requests, then the loops, then the connections.
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                log.warn("part did not close part={}", part.getClass().getSimpleName(), e);
            }
        }
    }
}
