package dev.noid.worker.guest;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the guest stands still, and what is asked of it about that: QUIESCE, REINIT, THAW. From the first of
/// them to the last, the outbox has nobody else to ask.
final class Stillness implements Outbox.Source {
    private static final Logger log = LoggerFactory.getLogger(Stillness.class);
    private static final int FORK = 1;
    private static final Identity NOBODY = new Identity("", "", null, false, new byte[0]);

    private final String vm;
    private final long generation;
    private final Outbox outbox;
    private final SessionWishes wishes;
    private final InstantSource clock;
    private @Nullable Request request;
    private volatile boolean frozen;

    /// On [System#nanoTime], while frozen.
    private long stillSince;

    /// Nanoseconds of earlier times.
    private long stoodBefore;

    /// THAW is to be sent.
    private boolean thaws;

    /// THAW was asked for, and the agent has not said that it did.
    private boolean thawing;

    /// Waits for its answer, through lost connections too.
    private static final class Request {
        final int type;
        final Identity identity;
        final long agentMillis;
        final CompletableFuture<Boolean> answer = new CompletableFuture<>();
        boolean sent;
        boolean refused;

        Request(int type, Identity identity, long agentMillis) {
            this.type = type;
            this.identity = identity;
            this.agentMillis = agentMillis;
        }
    }

    Stillness(Hello hello, Outbox outbox, SessionWishes wishes) {
        this.vm = hello.vm();
        this.generation = hello.generation();
        this.clock = hello.clock();
        this.outbox = outbox;
        this.wishes = wishes;
    }

    boolean frozen() {
        return frozen;
    }

    Duration stoodStill() {
        outbox.lock.lock();
        try {
            return Duration.ofNanos(stoodBefore + (frozen ? System.nanoTime() - stillSince : 0));
        } finally {
            outbox.lock.unlock();
        }
    }

    private void frozen(boolean now) {
        if (now && !frozen) {
            stillSince = System.nanoTime();
        } else if (!now && frozen) {
            stoodBefore += System.nanoTime() - stillSince;
        }
        frozen = now;
    }

    boolean quiesce(Duration within) {
        // The agent gives up first, so that its refusal comes in time.
        long millis = Math.clamp(within.toMillis() * 3 / 4, 1, Integer.MAX_VALUE);
        Request mine = new Request(FrameType.QUIESCE, NOBODY, millis);
        if (ask(mine, within)) {
            return true;
        }
        outbox.lock.lock();
        try {
            if (mine.sent && !mine.refused) {
                thaw(); // it may yet freeze, or have done so
            } else {
                frozen(false);
                outbox.all();
            }
        } finally {
            outbox.lock.unlock();
        }
        log.warn("guest not quiesced vm={} sent={} refused={}", vm, mine.sent, mine.refused);
        return false;
    }

    boolean reinit(Identity identity, Duration within) {
        if (!frozen) {
            log.warn("guest not reinitialised vm={} why=not_frozen", vm);
            return false;
        }
        Request mine = new Request(FrameType.REINIT, identity, 0);
        boolean done = ask(mine, within);
        if (!done) {
            log.warn("guest not reinitialised vm={} sent={} refused={}", vm, mine.sent, mine.refused);
        }
        return done;
    }

    private boolean ask(Request mine, Duration within) {
        outbox.lock.lock();
        try {
            drop();
            request = mine;
            outbox.only(this);
        } finally {
            outbox.lock.unlock();
        }
        await(mine.answer, within);
        outbox.lock.lock();
        try {
            if (request == mine) {
                request = null;
            }
            return mine.answer.getNow(false);
        } finally {
            outbox.lock.unlock();
        }
    }

    private static void await(CompletableFuture<Boolean> answer, Duration within) {
        try {
            answer.get(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException _) {
            // Nothing came, which is what the caller looks at.
        }
    }

    void thaw() {
        outbox.lock.lock();
        try {
            drop();
            frozen(false);
            thaws = true;
            thawing = true;
            outbox.only(this);
        } finally {
            outbox.lock.unlock();
        }
    }

    private void drop() {
        if (request != null) {
            request.answer.complete(false);
            request = null;
        }
    }

    // What goes out and what comes back, with the outbox's lock held.

    @Override
    public byte @Nullable [] next(int session) {
        Request now = request;
        if (thaws) { // asked for before whatever waits now
            thaws = false;
            if (now == null) {
                outbox.all();
            }
            return FrameCodec.encode(
                    session,
                    0,
                    FrameType.THAW,
                    new PayloadWriter().u64(wallClock()).done());
        }
        if (now != null && !now.sent) {
            now.sent = true;
            return FrameCodec.encode(session, 0, now.type, payload(now));
        }
        byte[] shutdown = wishes.shutdownFrame(session);
        if (shutdown != null) {
            frozen(false);
            outbox.all();
        }
        return shutdown;
    }

    private byte[] payload(Request of) {
        if (of.type == FrameType.QUIESCE) {
            return new PayloadWriter().u32((int) of.agentMillis).done();
        }
        Identity who = of.identity;
        return new PayloadWriter()
                .u64(generation)
                .u64(wallClock())
                .u8(who.fork() ? FORK : 0)
                .bytes(who.seed(), 0, who.seed().length)
                .string(who.bootId())
                .string(who.machineId() == null ? "" : who.machineId())
                .string(who.hostname())
                .done();
    }

    private long wallClock() {
        Instant now = clock.instant();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    boolean quiesced() {
        if (request == null || request.type != FrameType.QUIESCE) {
            return false;
        }
        frozen(true);
        return request.answer.complete(true);
    }

    boolean reinitialised(String bootId) {
        return request != null
                && request.type == FrameType.REINIT
                && request.identity.bootId().equals(bootId)
                && request.answer.complete(true);
    }

    boolean refused(String detail) {
        if (request == null || !request.sent) {
            return false;
        }
        log.warn("guest refused vm={} type={} detail={}", vm, request.type, detail);
        request.refused = true;
        return request.answer.complete(false);
    }

    boolean thawed() {
        boolean asked = thawing;
        thawing = false;
        return asked;
    }

    /// A new session.
    ///
    /// @param still   what the agent says of itself
    /// @param another it is not the guest that was asked
    void greeted(boolean still, boolean another) {
        if (another) {
            drop();
        }
        if (request != null) {
            request.sent = false;
        } else if (still && !another && thawing) {
            thaws = true; // what was sent is lost, or its answer is
            outbox.only(this);
        } else if (still) {
            frozen(true);
            outbox.only(this);
        } else {
            if (frozen) {
                log.warn("guest goes on though it was quiesced vm={}", vm);
            }
            frozen(false);
            thaws = false;
            thawing = false;
            outbox.all();
        }
    }
}
