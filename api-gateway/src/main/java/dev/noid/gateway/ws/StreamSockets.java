package dev.noid.gateway.ws;

import dev.noid.gateway.dispatch.CommandProducer;
import dev.noid.gateway.limit.Limits;
import dev.noid.gateway.limit.Quota;
import dev.noid.gateway.live.OutputReader;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.gateway.submit.Asked;
import dev.noid.gateway.submit.Refused;
import dev.noid.gateway.submit.Signals;
import dev.noid.schema.Json;
import dev.noid.schema.SignalNames;
import dev.noid.schema.api.StreamRequest;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsConnectContext;
import io.javalin.websocket.WsContext;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.websocket.api.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The WebSocket `/jobs/{id}/stream`: a client each for one exec, as many as [Limits] allow.
public final class StreamSockets implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StreamSockets.class);

    private final Database database;
    private final CommandProducer producer;
    private final OutputReader outputs;
    private final Signals signals;
    private final Limits limits;
    private final Quota places;
    private final Quota signalPlaces;
    private final JsonMapper json = Json.api();
    private final Map<String, StreamSocket> open = new ConcurrentHashMap<>();
    private final Thread watch;

    public StreamSockets(
            Database database, CommandProducer producer, OutputReader outputs, Signals signals, Limits limits) {
        this.database = database;
        this.producer = producer;
        this.outputs = outputs;
        this.signals = signals;
        this.limits = limits;
        this.places = new Quota(limits.sockets());
        this.signalPlaces = new Quota(limits.signals());
        this.watch = Thread.ofVirtual().name("stream-watch").start(this::watch);
    }

    public void configure(WsConfig ws) {
        ws.onConnect(this::connected);
        ws.onBinaryMessage(ctx -> {
            StreamSocket socket = open.get(ctx.sessionId());
            if (socket != null) {
                guarded(socket, () -> socket.received(ctx.data()));
            }
        });
        ws.onMessage(ctx -> {
            StreamSocket socket = open.get(ctx.sessionId());
            if (socket != null) {
                guarded(socket, () -> request(socket, ctx.message()));
            }
        });
        ws.onClose(ctx -> {
            StreamSocket socket = open.remove(ctx.sessionId());
            if (socket != null) {
                socket.gone();
            }
        });
        ws.onError(ctx -> log.debug("socket error job={}", target(ctx).job().id(), ctx.error()));
    }

    private void connected(WsConnectContext ctx) {
        StreamTarget target = target(ctx);
        Optional<Quota.Place> place = places.take(target.token());
        if (place.isEmpty()) {
            ctx.session.close(
                    StreamSocket.TRY_LATER,
                    CloseReason.cut("too_many_streams: a token may have "
                            + limits.sockets().perToken()
                            + " WebSockets open, all together "
                            + limits.sockets().all()),
                    Callback.NOOP);
            return;
        }
        ctx.enableAutomaticPings(limits.ping().toMillis(), TimeUnit.MILLISECONDS);
        String job = target.job().id();
        var socket = new StreamSocket(
                ctx.session,
                target,
                outputs,
                new StdinSender(database, producer, target.tenant(), job),
                new SocketSignals(limits.signalsWaiting(), "signal-" + job, number -> deliver(target, number)),
                place.get());
        open.put(ctx.sessionId(), socket);
        socket.start();
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private static void guarded(StreamSocket socket, Work work) {
        try {
            work.run();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (DatabaseUnavailable _) {
            socket.databaseAway();
        }
    }

    private void request(StreamSocket socket, String message) throws InterruptedException {
        StreamRequest request;
        try {
            request = json.readValue(message, StreamRequest.class);
        } catch (JacksonException _) {
            socket.refuse(
                    "a text message is {\"type\": \"eof\", \"offset\": N} or {\"type\": \"signal\", \"signal\": \"INT\"}");
            return;
        }
        switch (request) {
            case StreamRequest.Eof eof -> socket.receivedEnd(eof.offset());
            case StreamRequest.Signal signal -> {
                OptionalInt number = SignalNames.number(signal.signal());
                if (number.isPresent()) {
                    socket.receivedSignal(number.getAsInt());
                } else {
                    socket.refuse("no signal " + signal.signal());
                }
            }
        }
    }

    private void deliver(StreamTarget target, int number) throws InterruptedException {
        Optional<Quota.Place> place = signalPlaces.take(target.token(), limits.signalPatience());
        if (place.isEmpty()) {
            undelivered(target, "too many signals of one token at once");
            return;
        }
        try (var _ = place.get()) {
            signals.send(
                    new Asked(target.tenant(), null, new byte[0]), target.job().id(), number);
        } catch (Refused e) {
            undelivered(target, e.problem().code());
        } catch (DatabaseUnavailable e) {
            undelivered(target, e.problem().code());
        } catch (RuntimeException e) {
            log.error("signal not delivered job={}", target.job().id(), e);
        }
    }

    private static void undelivered(StreamTarget target, String reason) {
        log.info("signal not delivered job={} reason={}", target.job().id(), reason);
    }

    /// Looks at every client until it is closed.
    private void watch() {
        Duration between = limits.ping().dividedBy(4);
        try {
            while (true) {
                Thread.sleep(between);
                open.values().forEach(this::cutWhenSilent);
            }
        } catch (InterruptedException _) {
            // close().
        }
    }

    /// What one client brings about ends nobody's watch over the others.
    private void cutWhenSilent(StreamSocket socket) {
        try {
            socket.cutWhenSilentFor(limits.silence());
        } catch (RuntimeException e) {
            log.warn("a WebSocket could not be looked at, which is tried again", e);
        }
    }

    /// How many clients are there now.
    public int count() {
        return places.taken();
    }

    @Override
    public void close() {
        watch.interrupt();
    }

    private static StreamTarget target(WsContext ctx) {
        StreamTarget target = ctx.attribute(StreamTarget.ATTRIBUTE);
        if (target == null) {
            throw new IllegalStateException("upgraded without a target");
        }
        return target;
    }
}
