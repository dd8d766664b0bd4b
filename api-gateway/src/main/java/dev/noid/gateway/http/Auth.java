package dev.noid.gateway.http;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.Principal;
import dev.noid.gateway.submit.Refused;
import dev.noid.schema.TokenFormat;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Who asks, from `Authorization: Bearer noid_…`. Found by hash, so nothing secret is compared; remembered 5 s, which
/// is how long a revoked token still works.
public final class Auth {
    private static final String PRINCIPAL = "noid.principal";
    private static final long REMEMBERED_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int MOST_REMEMBERED = 10_000;

    private final Database database;
    private final Map<String, Remembered> remembered = new ConcurrentHashMap<>();

    private record Remembered(Principal principal, long untilNanos) {}

    public Auth(Database database) {
        this.database = database;
    }

    /// Throws [Refused] with 401 or 403.
    void require(Context ctx, Scope scope) {
        if (scope == Scope.OPEN) {
            return;
        }
        Principal principal = find(given(ctx));
        // admin includes the others.
        if (!principal.scopes().contains(scope.toString())
                && !principal.scopes().contains(Scope.ADMIN.toString())) {
            throw new Refused(
                    403,
                    "missing_scope",
                    "Token may not do this",
                    "This needs the scope '" + scope + "'; the token has: " + String.join(", ", principal.scopes())
                            + ".",
                    "use a token with that scope");
        }
        ctx.attribute(PRINCIPAL, principal);
    }

    static String tenant(Context ctx) {
        Principal principal = ctx.attribute(PRINCIPAL);
        if (principal == null) {
            throw new IllegalStateException("route without a token: " + ctx.path());
        }
        return principal.tenant();
    }

    /// Id of the token's row, by which is counted what it holds; empty on an open route.
    static String token(Context ctx) {
        Principal principal = ctx.attribute(PRINCIPAL);
        return principal == null ? "" : principal.token();
    }

    private Principal find(String token) {
        byte[] sha256 = TokenFormat.sha256(token);
        String key = HexFormat.of().formatHex(sha256);
        Remembered known = remembered.get(key);
        if (known != null && known.untilNanos() - System.nanoTime() > 0) {
            return known.principal();
        }
        Optional<Principal> found = database.read(tx -> tx.tokens().find(sha256));
        if (found.isEmpty()) {
            remembered.remove(key);
            throw unauthorized("The token is unknown, revoked or expired.");
        }
        if (remembered.size() >= MOST_REMEMBERED) {
            remembered.clear();
        }
        remembered.put(key, new Remembered(found.get(), System.nanoTime() + REMEMBERED_NANOS));
        return found.get();
    }

    private static String given(Context ctx) {
        String header = ctx.header("Authorization");
        if (header == null) {
            throw unauthorized("There is no token.");
        }
        if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw unauthorized("The Authorization header is not 'Bearer noid_…'.");
        }
        String token = header.substring(7).strip();
        if (!TokenFormat.wellFormed(token)) {
            throw unauthorized("This is no token: its form or check digits are wrong.");
        }
        return token;
    }

    private static Refused unauthorized(String detail) {
        return new Refused(
                401,
                "unauthorized",
                "Who asks?",
                detail,
                "send Authorization: Bearer noid_…; the CLI takes it from NOID_TOKEN or its configuration");
    }
}
