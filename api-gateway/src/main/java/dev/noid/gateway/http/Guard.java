package dev.noid.gateway.http;

import dev.noid.gateway.limit.Limits;
import dev.noid.gateway.limit.Quota;
import dev.noid.gateway.submit.Refused;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.util.Optional;

/// What stands before every route: who asks, whether that token may, and whether it holds too much already.
final class Guard implements AutoCloseable {
    private final Auth auth;
    private final Quota requests;
    private final BodyPlaces bodies;

    Guard(Auth auth, Limits limits) {
        this.auth = auth;
        this.requests = new Quota(limits.requests());
        this.bodies = new BodyPlaces(limits);
    }

    Handler before(Route route) {
        return ctx -> {
            auth.require(ctx, route.scope());
            bodies.offer(ctx);
            if (route.scope() == Scope.OPEN) {
                // Whether the gateway lives is answered however many others ask.
                route.handler().handle(ctx);
                return;
            }
            try (var _ = place(ctx)) {
                route.handler().handle(ctx);
            }
        };
    }

    @Override
    public void close() {
        bodies.close();
    }

    private Quota.Place place(Context ctx) {
        Optional<Quota.Place> place = requests.take(Auth.token(ctx));
        return place.orElseThrow(() -> new Refused(
                429,
                "too_many_requests",
                "Too many requests at once",
                "This gateway answers " + requests.most().all() + " requests at once, and "
                        + requests.most().perToken() + " of one token, those that wait among them.",
                "try again when some of them have been answered"));
    }
}
