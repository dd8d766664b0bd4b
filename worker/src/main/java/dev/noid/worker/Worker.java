package dev.noid.worker;

import dev.noid.schema.Ids;
import dev.noid.schema.record.Topic;
import dev.noid.worker.checkpoint.CheckpointStore;
import dev.noid.worker.checkpoint.Room;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.intake.CommandReader;
import dev.noid.worker.intake.Consumers;
import dev.noid.worker.intake.InputReader;
import dev.noid.worker.intake.Intake;
import dev.noid.worker.job.Attempts;
import dev.noid.worker.job.Checkpointing;
import dev.noid.worker.job.Removal;
import dev.noid.worker.publish.EventPublisher;
import dev.noid.worker.publish.OutputOffsets;
import dev.noid.worker.publish.OutputPublisher;
import dev.noid.worker.publish.Producers;
import dev.noid.worker.store.AttemptRows;
import dev.noid.worker.store.CheckpointRows;
import dev.noid.worker.store.Database;
import dev.noid.worker.store.HostFacts;
import dev.noid.worker.store.HostRow;
import dev.noid.worker.store.HostRows;
import dev.noid.worker.store.VmRows;
import dev.noid.worker.store.WorkRows;
import dev.noid.worker.vm.Adoption;
import dev.noid.worker.vm.Chains;
import dev.noid.worker.vm.Flattener;
import dev.noid.worker.vm.Images;
import dev.noid.worker.vm.LiveVm;
import dev.noid.worker.vm.PoolVms;
import dev.noid.worker.vm.Templates;
import dev.noid.worker.vm.VmDirectories;
import dev.noid.worker.vm.VmLife;
import dev.noid.worker.vm.VmLogs;
import dev.noid.worker.vm.VmPulse;
import dev.noid.worker.vm.VmRestores;
import dev.noid.worker.vm.VmSaves;
import dev.noid.worker.vm.VmWatch;
import dev.noid.worker.vm.Vms;
import dev.noid.worker.vm.WarmPool;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The worker, put together. Its VMs are not part of it: they go on when it is closed or dies.
public final class Worker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Worker.class);
    private static final String VERSION = "0.1.0";
    private static final Duration BEAT = Duration.ofSeconds(2);
    private static final Duration RECONCILE = Duration.ofSeconds(30);
    private static final Duration SETTLE = Duration.ofSeconds(5);
    private static final Duration REMOVE = Duration.ofSeconds(1);
    private static final Duration FLATTEN = Duration.ofSeconds(5);
    private static final int CONNECTIONS = 8;

    private final CompletableFuture<Throwable> died = new CompletableFuture<>();
    /// What was started, last first.
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final HostRow host;

    /// Returns when it serves. Waits for broker and database as long as they are away.
    public static Worker start(WorkerConfig config) throws InterruptedException {
        return new Worker(config);
    }

    @SuppressWarnings("ThisEscapesConstructor") // Parts get die(); its future is there before them.
    private Worker(WorkerConfig config) throws InterruptedException {
        try {
            log.info("starting {}", config);
            host = wire(config);
        } catch (RuntimeException | InterruptedException e) {
            close();
            throw e;
        }
    }

    private HostRow wire(WorkerConfig config) throws InterruptedException {
        Clock clock = Clock.systemUTC();
        Ids ids = new Ids(clock);
        DataLock lock = part(DataLock.take(config.data()));
        part(Periodic.every(BEAT, "alive", lock::touch));
        // The broker takes longest to come up, so it is waited for beside all that needs no broker.
        TopicsWait topics = part(TopicsWait.begin(config.kafka(), config.partitions()));
        CrashPoints crash = new CrashPoints(config.crashPoint());

        Images images = new Images(config.data());
        config.images().ifPresent(images::importFrom);
        Engine engine = new Engines(clock).choose(config, images);

        Database.awaitReachable(config.databaseUrl(), config.databaseUser(), config.databasePassword());
        Database database =
                part(new Database(config.databaseUrl(), config.databaseUser(), config.databasePassword(), CONNECTIONS));
        Database beats = part(new Database(config.databaseUrl(), config.databaseUser(), config.databasePassword(), 1));
        topics.end();
        Consumers consumers = new Consumers(config.kafka());
        Producers producers = new Producers(config.kafka());
        OutputOffsets offsets = new OutputOffsets(consumers.ends(Topic.OUTPUT));
        HostFacts facts = new HostFacts(
                config.host(),
                engine.name(),
                engine.isolation(),
                engine.accelerator(),
                Runtime.getRuntime().availableProcessors(),
                config.memoryForVmsMib(),
                (long) config.checkpointMib() << 20,
                VERSION);
        HostRows hosts = new HostRows(database);
        Optional<HostMark> mark = HostMark.read(config.data());
        mark.ifPresent(it -> it.check(config.data(), config.host(), hosts.id(config.host())));
        HostRow row = hosts.register(facts, ids.host(), ids.start(), consumers.partitions(Topic.COMMANDS));
        if (mark.isEmpty()) {
            new HostMark(config.host(), row.id()).write(config.data());
        }
        hosts.images(row, images.all());
        HostRows beating = new HostRows(beats);
        part(Periodic.every(BEAT, "beat", () -> beat(config, engine, beating, row)));

        EventPublisher events = part(new EventPublisher(producers));
        OutputPublisher output = part(new OutputPublisher(producers, offsets, this::die));

        AttemptRows attemptRows = part(new AttemptRows(database, row));
        VmRows vmRows = new VmRows(database, row);
        Vms vms = new Vms();
        VmDirectories directories = new VmDirectories(config.data());
        VmLogs logs = new VmLogs(output::publish);
        VmLife life = new VmLife(engine, directories, images, vms, logs, crash);
        VmWatch watch = new VmWatch(vms, vmRows, events, logs);
        CheckpointStore store = new CheckpointStore(config.data());
        CheckpointRows checkpointRows = new CheckpointRows(database, row);
        Chains chains = new Chains(directories, vms, crash);
        VmSaves saves = new VmSaves(engine, directories, images, crash, clock);
        Templates templates = new Templates(engine, images, saves);
        WarmPool pool = part(new WarmPool(
                new PoolVms(engine, directories, images, vms), templates, config.pool(), config.poolMib()));
        Checkpointing checkpointing = new Checkpointing(
                saves,
                new VmRestores(engine, directories, images, vms, logs, crash),
                store,
                checkpointRows,
                new Room(config.data(), (long) config.checkpointMib() << 20),
                chains,
                templates,
                pool);
        Removal removal = new Removal(store, checkpointRows);
        Attempts attempts = new Attempts(
                attemptRows,
                new WorkRows(database, row),
                vmRows,
                vms,
                life,
                watch,
                events,
                output,
                offsets,
                crash,
                checkpointing);
        Adoption adoption = new Adoption(directories, life, vms, vmRows, watch);

        // What is written from here on will be read; what was written before is in the rows, which are read after.
        Intake commands = part(Intake.at(
                consumers, Topic.COMMANDS, row.partition(), new CommandReader(row.id(), attempts, events), this::die));
        Intake input = part(
                Intake.at(consumers, Topic.INPUT, row.partition(), new InputReader(row.id(), attempts), this::die));
        part(() -> letGo(attempts, watch, vms));
        adoption.atStart();
        removal.atStart();
        templates.sweep();
        pool.start();
        attempts.reconcile();
        commands.start();
        input.start();
        part(Periodic.every(RECONCILE, "reconcile", () -> {
            adoption.again();
            attempts.reconcile();
            removal.leftovers();
            pool.look();
        }));
        part(Periodic.every(SETTLE, "settle", adoption::unsettled));
        part(Periodic.every(VmPulse.EVERY, "pulse", new VmPulse(vms, vmRows)::round));
        part(Periodic.every(REMOVE, "remove", removal::wanted));
        part(Periodic.every(FLATTEN, "flatten", new Flattener(chains, vms)::round));
        log.info(
                "ready host={} name={} partition={} engine={} accelerator={} vms={}",
                row.id(),
                config.host(),
                row.partition(),
                engine.name(),
                engine.accelerator(),
                vms.all().size());
        return row;
    }

    /// Id of the host it serves.
    public String hostId() {
        return host.id();
    }

    /// Completes when a part without which it can't go on has ended. The process should end then; the next start goes
    /// on.
    public CompletableFuture<Throwable> died() {
        return died.copy();
    }

    /// Takes nothing new and lets go of everything. VMs and what runs in them are not touched.
    @Override
    public void close() {
        log.info("stopping, vms go on");
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                log.warn("part not closed in order", e);
            }
        }
    }

    private <T extends AutoCloseable> T part(T started) {
        parts.push(started);
        return started;
    }

    private static void letGo(Attempts attempts, VmWatch watch, Vms vms) {
        attempts.close();
        watch.close();
        for (LiveVm vm : vms.all()) {
            vm.machine().close();
        }
    }

    private void beat(WorkerConfig config, Engine engine, HostRows rows, HostRow row) {
        OptionalLong bytes = engine.memoryBytes();
        Integer backedMib = bytes.isPresent() ? config.backedMib(bytes.getAsLong()) : null;
        if (!rows.beat(row, backedMib)) {
            die(new IllegalStateException("another worker has taken over host " + row.id()));
        }
    }

    private void die(Throwable cause) {
        died.complete(cause);
    }
}
