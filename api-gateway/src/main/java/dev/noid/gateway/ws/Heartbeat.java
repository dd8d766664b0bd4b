package dev.noid.gateway.ws;

import java.time.Duration;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;

/// Whether one client still says anything: any byte counts, and who answers pings says some. Jetty's own idle time
/// does not tell, as each ping that is sent begins it anew.
final class Heartbeat {
    private final Session session;
    private long bytes;
    private long heardNanos = System.nanoTime();

    Heartbeat(Session session) {
        this.session = session;
    }

    /// To be asked time and again, by one thread.
    boolean silentFor(Duration span) {
        long now = System.nanoTime();
        long read = read();
        if (read != bytes) {
            bytes = read;
            heardNanos = now;
        }
        return now - heardNanos > span.toNanos();
    }

    private long read() {
        return session instanceof WebSocketSession jetty && jetty.getCoreSession() instanceof WebSocketCoreSession core
                ? core.getConnection().getBytesIn()
                : System.nanoTime();
    }
}
