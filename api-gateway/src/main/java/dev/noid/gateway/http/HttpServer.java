package dev.noid.gateway.http;

import dev.noid.gateway.limit.Limits;
import dev.noid.gateway.ws.StreamSockets;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.time.Duration;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;

/// Javalin on Jetty, with a virtual thread a request.
public final class HttpServer implements AutoCloseable {
    /// Longer than the longest wait a client may ask for (60 s), or Jetty ends the wait.
    private static final Duration IDLE = Duration.ofSeconds(150);
    private static final long STOP_MILLIS = 1_500;
    /// Of a connection without a request, when the server stops: kept alive for a next one that must not come. Jetty
    /// would give it a second.
    private static final long IDLE_AT_STOP_MILLIS = 20;

    private final Guard guard;
    private final Javalin javalin;

    /// Serves once this returns. Port 0 takes a free one. Throws when the address is taken.
    public HttpServer(String host, int port, Api api, StreamSockets streams, Limits limits) {
        this.guard = new Guard(api.auth(), limits);
        this.javalin = Javalin.create(config -> {
            Methods methods = new Methods(api.routes());
            settings(config, host, port, methods);
            new Problems(methods).install(config.routes);
            api.routes().forEach(route -> add(config, guard, route, streams));
        });
        javalin.start();
    }

    public int port() {
        return javalin.port();
    }

    private static void settings(JavalinConfig config, String host, int port, Methods methods) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.concurrency.useVirtualThreads = true;
        config.http.prefer405over404 = true;
        config.http.maxRequestSize = Body.MOST;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.router.ignoreTrailingSlashes = false;
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setRequestHeaderSize(JettyProblems.HEADERS_MOST);
            http.addCustomizer(new Decodable());
            // A bare LF as the end of a line, which a proxy in front may read otherwise, is allowed in none of them.
            http.setHttpCompliance(HttpCompliance.RFC9110.without(
                    "noid",
                    HttpCompliance.Violation.LF_HEADER_TERMINATION,
                    HttpCompliance.Violation.LF_CHUNK_TERMINATION));
            http.setIdleTimeout(IDLE.toMillis());
        });
        config.jetty.addConnector((server, http) -> {
            var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
            connector.setHost(host);
            connector.setPort(port);
            connector.setIdleTimeout(IDLE.toMillis());
            connector.setAcceptQueueSize(512);
            connector.setShutdownIdleTimeout(IDLE_AT_STOP_MILLIS);
            return connector;
        });
        config.jetty.modifyServer(server -> {
            server.setStopTimeout(STOP_MILLIS);
            server.setErrorHandler(new JettyProblems(methods));
        });
        // Javalin makes a session for each WebSocket; nothing here uses them, so they are to be gone soon.
        config.jetty.modifyServletContextHandler(handler -> {
            handler.getSessionHandler().setUsingCookies(false);
            handler.getSessionHandler().setMaxInactiveInterval(60);
        });
        config.jetty.modifyWebSocketServletFactory(factory -> {
            factory.setIdleTimeout(IDLE);
            factory.setMaxBinaryMessageSize(128 << 10);
            factory.setMaxTextMessageSize(64 << 10);
            factory.setMaxFrameSize(128 << 10);
        });
    }

    private static void add(JavalinConfig config, Guard guard, Route route, StreamSockets streams) {
        Handler guarded = guard.before(route);
        if (route.method().equals("WS")) {
            config.routes.wsBeforeUpgrade(route.path(), guarded);
            config.routes.ws(route.path(), streams::configure);
            Handler plain = guard.before(new Route("GET", route.path(), route.scope(), StreamRoute::refusePlain));
            config.routes.addHttpHandler(HandlerType.GET, route.path(), plain);
            config.routes.addHttpHandler(HandlerType.HEAD, route.path(), plain);
        } else {
            config.routes.addHttpHandler(HandlerType.findOrCreate(route.method()), route.path(), guarded);
            if (route.method().equals("GET")) {
                // Javalin would answer 200 to each, without the handler.
                config.routes.addHttpHandler(HandlerType.HEAD, route.path(), guarded);
            }
        }
    }

    /// Takes no more requests, lets those that run end, bounded.
    @Override
    public void close() {
        javalin.stop();
        guard.close();
    }
}
