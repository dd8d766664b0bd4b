package dev.noid.gateway.ws;

import dev.noid.gateway.dispatch.CommandProducer;
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
import io.javalin.websocket.WsContext;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The WebSocket `/jobs/{id}/stream`: any number of clients for any number of execs.
public final class StreamSockets {
    private static final Logger log = LoggerFactory.getLogger(StreamSockets.class);
    /// Proxies and NATs forget silent connections after a minute at the earliest.
    private static final long PING_SECONDS = 20;

    private final Database database;
    private final CommandProducer producer;
    private final OutputReader outputs;
    private final Signals signals;
    private final JsonMapper json = Json.api();
    private final Map<String, StreamSocket> open = new ConcurrentHashMap<>();

    public StreamSockets(Database database, CommandProducer producer, OutputReader outputs, Signals signals) {
        this.database = database;
        this.producer = producer;
        this.outputs = outputs;
        this.signals = signals;
    }

    public void configure(WsConfig ws) {
        ws.onConnect(ctx -> {
            ctx.enableAutomaticPings(PING_SECONDS, TimeUnit.SECONDS);
            StreamTarget target = target(ctx);
            var stdin = new StdinSender(
                    database, producer, target.tenant(), target.job().id());
            var socket = new StreamSocket(ctx.session, target, outputs, stdin);
            open.put(ctx.sessionId(), socket);
            socket.start();
        });
        ws.onBinaryMessage(ctx -> {
            StreamSocket socket = open.get(ctx.sessionId());
            if (socket != null) {
                guarded(socket, () -> socket.received(ctx.data()));
            }
        });
        ws.onMessage(ctx -> {
            StreamSocket socket = open.get(ctx.sessionId());
            if (socket != null) {
                guarded(socket, () -> request(target(ctx), socket, ctx.message()));
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

    private void request(StreamTarget target, StreamSocket socket, String message) throws InterruptedException {
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
            case StreamRequest.Signal signal -> signal(target, socket, signal.signal());
        }
    }

    private void signal(StreamTarget target, StreamSocket socket, String name) {
        OptionalInt number = SignalNames.number(name);
        if (number.isEmpty()) {
            socket.refuse("no signal " + name);
            return;
        }
        // Not here: stdin behind it would wait for the answer.
        Thread.ofVirtual().name("signal-" + target.job().id()).start(() -> {
            try {
                signals.send(
                        new Asked(target.tenant(), null, new byte[0]),
                        target.job().id(),
                        number.getAsInt());
            } catch (Refused e) {
                log.info(
                        "signal not delivered job={} reason={}",
                        target.job().id(),
                        e.problem().code());
            } catch (DatabaseUnavailable e) {
                log.info(
                        "signal not delivered job={} reason={}",
                        target.job().id(),
                        e.problem().code());
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static StreamTarget target(WsContext ctx) {
        StreamTarget target = ctx.attribute(StreamTarget.ATTRIBUTE);
        if (target == null) {
            throw new IllegalStateException("upgraded without a target");
        }
        return target;
    }
}
