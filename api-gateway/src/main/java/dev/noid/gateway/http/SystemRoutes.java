package dev.noid.gateway.http;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.schema.api.Host;
import dev.noid.schema.api.Image;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// `/images`, `/hosts`, and what tells whether the gateway lives.
public final class SystemRoutes {
    private final Database database;
    private final byte[] openapi;

    SystemRoutes(Database database) {
        this.database = database;
        this.openapi = resource("/openapi.yaml");
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/images", Scope.READ, this::images),
                new Route("GET", "/hosts", Scope.READ, this::hosts),
                new Route("GET", "/livez", Scope.OPEN, ctx -> Replies.json(ctx, 200, Map.of("status", "ok"))),
                new Route("GET", "/readyz", Scope.OPEN, this::ready),
                new Route("GET", "/openapi.yaml", Scope.OPEN, ctx -> ctx.contentType("application/yaml")
                        .result(openapi)));
    }

    private void images(Context ctx) {
        Parameters.only(ctx, "limit", "cursor");
        int limit = (int) Parameters.number(ctx, "limit", 50, 1, 200);
        String after = Cursor.decode(ctx.queryParam("cursor"));
        List<Image> images = database.list(tx -> tx.hosts().images(after, limit + 1));
        Replies.page(ctx, images, limit, Function.identity(), Image::digest);
    }

    private void hosts(Context ctx) {
        Parameters.only(ctx, "limit", "cursor");
        int limit = (int) Parameters.number(ctx, "limit", 50, 1, 200);
        String after = Cursor.decode(ctx.queryParam("cursor"));
        List<Host> hosts = database.list(tx -> tx.hosts().list(after, limit + 1));
        Replies.page(ctx, hosts, limit, Function.identity(), Host::name);
    }

    /// Requests can be answered. The broker does not count: what is accepted while it is away is delivered later.
    private void ready(Context ctx) {
        try {
            database.read(tx -> tx.hosts().imageNames());
            Replies.json(ctx, 200, Map.of("status", "ok"));
        } catch (DatabaseUnavailable e) {
            Replies.json(ctx, 503, Map.of("status", e.problem().code()));
        }
    }

    private static byte[] resource(String name) {
        try (InputStream in = SystemRoutes.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
