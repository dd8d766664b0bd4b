package dev.noid.gateway.http;

import dev.noid.gateway.limit.Limits;
import dev.noid.gateway.limit.Quota;
import dev.noid.gateway.submit.Refused;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// Where bodies are read: few large ones at once, and each within a time for the whole of it, as bytes that drip
/// would hold a place for ever. Large ones are parsed one after the other on a thread of the system's: a request's
/// virtual thread gives its carrier back only when it waits, and two clients that send megabytes of JSON would keep
/// both carriers of a small host from everybody else.
final class BodyPlaces implements AutoCloseable {
    private static final String ATTRIBUTE = "noid.bodies";

    private final Quota large;
    private final Duration patience;
    private final Duration whole;
    private final ExecutorService parser = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("large-bodies").factory());

    BodyPlaces(Limits limits) {
        this.large = new Quota(limits.bodies());
        this.patience = limits.bodyPatience();
        this.whole = limits.bodyWhole();
    }

    void offer(Context ctx) {
        ctx.attribute(ATTRIBUTE, this);
    }

    static BodyPlaces of(Context ctx) {
        BodyPlaces places = ctx.attribute(ATTRIBUTE);
        if (places == null) {
            throw new IllegalStateException("no place for a body: " + ctx.path());
        }
        return places;
    }

    /// Throws [Refused] when there is none for this token within some seconds.
    Quota.Place large(Context ctx) throws InterruptedException {
        return large.take(Auth.token(ctx), patience)
                .orElseThrow(() -> new Refused(
                        429,
                        "too_many_bodies",
                        "Too many large bodies",
                        "This gateway reads " + large.most().all() + " large bodies at once, and "
                                + large.most().perToken() + " of one token.",
                        "try again in a few seconds, with the same Idempotency-Key"));
    }

    /// What the work on a large body gives, or the [Refused] that it throws.
    JsonNode parsed(Callable<JsonNode> work) throws InterruptedException {
        try {
            return parser.submit(work).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refused refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        parser.shutdownNow();
    }

    /// At most `most` bytes of the body. Throws [Refused] with 408 when they have not come in time.
    byte[] bytes(Context ctx, int most) throws IOException, InterruptedException {
        if (ctx.req().getContentLengthLong() == 0) {
            return new byte[0];
        }
        // Jetty's reads wait without a bound of ours, and only an interrupt ends one.
        Reading reading = new Reading(Thread.currentThread());
        CompletableFuture<Void> end = new CompletableFuture<>();
        var _ = end.completeOnTimeout(null, whole.toNanos(), TimeUnit.NANOSECONDS)
                .thenRun(reading::interrupt);
        boolean late = false;
        try {
            return ctx.req().getInputStream().readNBytes(most);
        } catch (IOException e) {
            if (!reading.interrupted()) {
                throw e;
            }
        } finally {
            late = reading.over();
            end.cancel(false);
        }
        if (!late) {
            throw new InterruptedException();
        }
        // What is still to come of it would be read as the next request.
        ctx.header("Connection", "close");
        throw new Refused(
                408,
                "body_too_slow",
                "Body too slow",
                "The body has not come whole within " + whole.toSeconds() + " s.",
                "send it again, with the same Idempotency-Key");
    }

    /// A thread that may be interrupted while it reads, and never after.
    private static final class Reading {
        private final Thread thread;
        private boolean interrupted;
        private boolean over;

        Reading(Thread thread) {
            this.thread = thread;
        }

        synchronized void interrupt() {
            if (!over) {
                interrupted = true;
                thread.interrupt();
            }
        }

        synchronized boolean interrupted() {
            return interrupted;
        }

        /// Whether it was interrupted; the thread's mark of it is gone then.
        synchronized boolean over() {
            over = true;
            if (interrupted) {
                Thread.interrupted();
            }
            return interrupted;
        }
    }
}
