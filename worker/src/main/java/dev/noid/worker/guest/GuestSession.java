package dev.noid.worker.guest;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.record.Stream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The host's side of the agent protocol. One thread connects, reads and tells the listeners: a platform one, which
/// the socket wakes directly. A virtual one per connection writes. It connects again for as long as it is open:
/// whether the VMM lives is the engine's business.
public final class GuestSession implements Guest {
    private static final Logger log = LoggerFactory.getLogger(GuestSession.class);

    /// A VMM that starts has its socket within some 50 ms, and each look costs a system call.
    private static final Duration CONNECT_FIRST = Duration.ofMillis(3);

    private static final Duration CONNECT_AGAIN = Duration.ofMillis(100);

    /// A listener that takes longer holds up the guest; most take microseconds.
    private static final Duration HELD_UP = Duration.ofSeconds(1);

    private volatile AgentChannel way;
    private volatile Hello hello;
    private final Runnable lost;
    private final Outbox outbox = new Outbox();
    private final SessionWishes wishes = new SessionWishes();
    private final ExecChannels execs = new ExecChannels(outbox, wishes);
    private final Pings pings = new Pings(outbox, wishes);
    private final Stillness stillness;
    private final CompletableFuture<Greeting> first = new CompletableFuture<>();
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean last;
    /// No other channel is waited for.
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile @Nullable Carrier carrier;
    private volatile String bootId = "";
    private volatile LogListener inherited = (_, _, _) -> {};
    private long ignored;
    /// When the agent last said something, on [System#nanoTime].
    private volatile long heardAt = System.nanoTime();
    private volatile boolean handling;

    private GuestSession(AgentChannel way, Hello hello, Runnable lost) {
        this.way = way;
        this.hello = hello;
        this.lost = lost;
        this.stillness = new Stillness(hello, outbox, wishes);
        this.thread = Thread.ofPlatform().name("guest-" + hello.vm()).daemon().unstarted(this::run);
    }

    /// Begins to connect; [#greeting] tells what comes of it.
    ///
    /// @param lost called, on the reader's thread, each time an established connection ended: the VMM may be gone
    public static GuestSession open(AgentChannel way, Hello hello, Runnable lost) {
        GuestSession session = new GuestSession(way, hello, lost);
        session.thread.start();
        return session;
    }

    /// The VM's home is elsewhere now, and its guest will have another name. What is connected stays so.
    public void moved(AgentChannel to, String hostname) {
        way = to;
        hello = new Hello(hello.vm(), hostname, hello.generation(), hello.clock());
    }

    /// Waits for the first answer.
    public Greeting greeting(Deadline deadline) throws InterruptedException {
        try {
            return first.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            return Greeting.NO_ANSWER;
        } catch (ExecutionException bug) {
            throw new IllegalStateException(bug);
        }
    }

    @Override
    public String bootId() {
        return bootId;
    }

    @Override
    public Set<ExecId> known() {
        return execs.known();
    }

    @Override
    public GuestExec start(ExecId id, JobSpec.Exec spec, ExecListener listener) {
        return execs.start(id, spec, listener);
    }

    @Override
    public GuestExec attach(ExecId id, ExecListener listener) {
        return execs.attach(id, listener);
    }

    @Override
    public void forget(ExecId id) {
        execs.forget(id);
    }

    @Override
    public boolean quiesce(Duration within) {
        return stillness.quiesce(within);
    }

    @Override
    public void thaw() {
        stillness.thaw();
    }

    @Override
    public boolean reinit(Identity identity, Duration within) {
        return stillness.reinit(identity, within);
    }

    @Override
    public boolean frozen() {
        return stillness.frozen();
    }

    @Override
    public void onLog(LogListener listener) {
        inherited = listener;
    }

    @Override
    public boolean ping(Duration timeout) {
        return pings.ping(timeout);
    }

    @Override
    public void abandon(ExecId id) {
        execs.abandon(id);
    }

    @Override
    public void prod() {
        pings.prod();
    }

    @Override
    public Duration silence() {
        return heldUp() ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - heardAt);
    }

    @Override
    public boolean heldUp() {
        return handling && System.nanoTime() - heardAt > HELD_UP.toNanos();
    }

    @Override
    public Duration stoodStill() {
        return stillness.stoodStill();
    }

    @Override
    public void renew() {
        Carrier now = carrier;
        if (now != null && now.greeted()) {
            log.info("guest connected anew vm={} generation={}", hello.vm(), hello.generation());
            now.close();
        }
    }

    /// Asks the guest to end everything and itself within `grace`.
    public void shutdown(Duration grace) {
        outbox.lock.lock();
        try {
            wishes.shutdown(grace);
            outbox.wants(wishes);
        } finally {
            outbox.lock.unlock();
        }
    }

    /// For a guest that is gone: hears what it said before, then closes. Waits at most `patience` for slow listeners.
    public void drain(Duration patience) throws InterruptedException {
        last = true;
        over.countDown();
        var _ = thread.join(patience);
        close();
    }

    @Override
    public void close() {
        closed = true;
        over.countDown();
        first.complete(Greeting.NO_ANSWER);
        Carrier now = carrier;
        if (now != null) {
            now.close();
        }
    }

    private void run() {
        while (!closed && !last) {
            try {
                Carrier next = new Carrier(way.open(), nonce(), hello, outbox);
                carrier = next;
                if (closed) {
                    next.close();
                    return;
                }
                Thread.ofVirtual().name("guest-writer-" + hello.vm()).start(next::write);
                read(next);
            } catch (IOException _) {
                // Nobody listens: not yet, or not any more.
            }
            pause(first.isDone() ? CONNECT_AGAIN : CONNECT_FIRST);
        }
    }

    private void read(Carrier from) {
        FrameReader reader = new FrameReader();
        long ignoredBefore = ignored;
        try {
            int count = from.read(reader.room());
            while (count >= 0) {
                reader.added(count);
                for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                    receive(from, frame);
                }
                count = from.read(reader.room());
            }
        } catch (IOException _) {
            // The end of the channel, as good as any.
        } finally {
            from.close();
        }
        log.info(
                "guest channel ended vm={} greeted={} skipped_bytes={} damaged_frames={} ignored_frames={}",
                hello.vm(),
                from.greeted(),
                reader.skipped(),
                reader.dropped(),
                ignored - ignoredBefore);
        if (!closed && !last) {
            lost.run();
        }
    }

    private void receive(Carrier from, Frame frame) {
        if (closed || frame.session() != from.session) {
            ignored++;
            return;
        }
        heardAt = System.nanoTime();
        handling = true;
        try {
            if (!handle(from, frame.channel(), AgentFrame.of(frame))) {
                ignored++;
            }
        } catch (MalformedFrame _) {
            ignored++;
        } catch (RuntimeException bug) {
            // One exec's listener must not end the session of all others.
            log.error("listener failed vm={} type={}", hello.vm(), frame.type(), bug);
        } finally {
            heardAt = System.nanoTime();
            handling = false;
        }
    }

    private boolean handle(Carrier from, int channel, AgentFrame frame) {
        if (channel == 0) {
            return sessionFrame(from, frame);
        }
        Optional<ExecChannel> exec = execs.at(channel);
        // FORGET has channels of its own, so whatever comes on them is its answer.
        return exec.isPresent() ? exec.get().heard(frame) : locked(() -> wishes.forgotten(channel));
    }

    private boolean sessionFrame(Carrier from, AgentFrame frame) {
        return switch (frame) {
            case AgentFrame.HelloOk ok -> greeted(from, ok);
            case AgentFrame.Pong(long token) -> pings.heard(token);
            case AgentFrame.Quiesced _ -> locked(stillness::quiesced);
            case AgentFrame.Thawed _ -> locked(stillness::thawed);
            case AgentFrame.ReinitOk(long _, String boot) -> locked(() -> reinitialised(boot));
            case AgentFrame.Refused(ExecListener.Refusal why, String detail) ->
                locked(() -> stillness.refused(why + " " + detail));
            case AgentFrame.NotDone(String detail) -> locked(() -> stillness.refused(detail));
            case AgentFrame.Log(ExecId exec, Stream stream, byte[] bytes) -> {
                inherited.log(exec, stream, bytes);
                yield true;
            }
            case AgentFrame.Started _,
                    AgentFrame.Output _,
                    AgentFrame.StdinAck _,
                    AgentFrame.Exited _,
                    AgentFrame.Signalled _,
                    AgentFrame.Forgotten _ -> false;
        };
    }

    private boolean locked(BooleanSupplier what) {
        outbox.lock.lock();
        try {
            return what.getAsBoolean();
        } finally {
            outbox.lock.unlock();
        }
    }

    /// Nothing of what it ran is this session's any more. Whoever holds those execs ends them.
    private boolean reinitialised(String boot) {
        if (!stillness.reinitialised(boot)) {
            return false;
        }
        bootId = boot;
        execs.leave();
        wishes.otherGuest();
        log.info("guest reinitialised vm={} generation={} boot={}", hello.vm(), hello.generation(), boot);
        return true;
    }

    private boolean greeted(Carrier from, AgentFrame.HelloOk ok) {
        if (from.greeted()) {
            return false; // HELLO is repeated, and so is its answer
        }
        boolean understood = ok.protocol() >= Hello.FIRST && ok.protocol() <= Hello.PROTOCOL;
        if (!understood || ok.generation() > hello.generation()) {
            Greeting greeting = understood ? Greeting.OLD_GENERATION : Greeting.OTHER_PROTOCOL;
            log.warn(
                    "guest refused vm={} why={} generation={} theirs={}",
                    hello.vm(),
                    greeting,
                    hello.generation(),
                    ok.generation());
            first.complete(greeting);
            from.close();
            return true;
        }
        boolean another = !bootId.isEmpty()
                && !bootId.equals(ok.bootId())
                && !locked(() -> reinitialised(ok.bootId())); // done, and only its answer was lost
        bootId = ok.bootId();
        List<ExecChannel> gone = renew(another, ok);
        from.established();
        log.info(
                "guest ready vm={} generation={} boot={} execs={} frozen={}",
                hello.vm(),
                hello.generation(),
                bootId,
                ok.execs().size(),
                ok.frozen());
        first.complete(Greeting.READY);
        for (ExecChannel exec : gone) {
            exec.listener.gone();
        }
        return true;
    }

    /// Everything open is opened again in this session; in another guest nothing of it exists.
    private List<ExecChannel> renew(boolean anotherGuest, AgentFrame.HelloOk ok) {
        outbox.lock.lock();
        try {
            List<ExecChannel> gone = anotherGuest ? execs.end() : List.of();
            if (anotherGuest) {
                wishes.otherGuest();
            }
            stillness.greeted(ok.frozen(), anotherGuest);
            wishes.again();
            outbox.wants(wishes);
            execs.reopen(ok.execs(), ok.protocol());
            return gone;
        } finally {
            outbox.lock.unlock();
        }
    }

    private static int nonce() {
        return ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
    }

    private void pause(Duration time) {
        try {
            var _ = over.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
