package dev.noid.worker.guest;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The host's side of the agent protocol. One virtual thread connects, reads and tells the listeners; one per
/// connection writes.
/// It connects again for as long as it is open: whether the VMM lives is the engine's business.
public final class GuestSession implements Guest {
    private static final Logger log = LoggerFactory.getLogger(GuestSession.class);

    /// A VMM that starts has its socket within some 50 ms, and each look costs a system call.
    private static final Duration CONNECT_FIRST = Duration.ofMillis(3);

    private static final Duration CONNECT_AGAIN = Duration.ofMillis(100);

    private final AgentChannel way;
    private final Hello hello;
    private final Runnable lost;
    private final Outbox outbox = new Outbox();
    private final SessionWishes wishes = new SessionWishes();
    private final Map<Integer, ExecChannel> execs = new HashMap<>();
    private final Map<Long, CompletableFuture<Boolean>> pings = new ConcurrentHashMap<>();
    private final CompletableFuture<Greeting> first = new CompletableFuture<>();
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean last;
    private volatile @Nullable Carrier carrier;
    private volatile String bootId = "";
    private volatile Set<ExecId> known = Set.of();
    private int lastChannel;
    private long ignored;

    private GuestSession(AgentChannel way, Hello hello, Runnable lost) {
        this.way = way;
        this.hello = hello;
        this.lost = lost;
        this.thread = Thread.ofVirtual().name("guest-" + hello.vm()).unstarted(this::run);
    }

    /// Begins to connect; [#greeting] tells what comes of it.
    ///
    /// @param lost called, on the reader's thread, each time an established connection ended: the VMM may be gone
    public static GuestSession open(AgentChannel way, Hello hello, Runnable lost) {
        GuestSession session = new GuestSession(way, hello, lost);
        session.thread.start();
        return session;
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
        return known;
    }

    @Override
    public GuestExec start(ExecId id, JobSpec.Exec spec, ExecListener listener) {
        outbox.lock.lock();
        try {
            ExecChannel exec = ExecChannel.starting(id, spec, !mayKnow(id), ++lastChannel, listener, outbox);
            if (exec.tooLarge()) {
                String detail = "argv, environment, cwd and user together exceed 64 KiB";
                exec.end();
                Thread.startVirtualThread(() -> listener.refused(ExecListener.Refusal.BAD_REQUEST, detail));
                return exec;
            }
            return add(exec);
        } finally {
            outbox.lock.unlock();
        }
    }

    @Override
    public GuestExec attach(ExecId id, ExecListener listener) {
        outbox.lock.lock();
        try {
            return add(ExecChannel.attaching(id, ++lastChannel, listener, outbox));
        } finally {
            outbox.lock.unlock();
        }
    }

    /// Whether the agent has it already: from an earlier session, or from earlier in this one.
    private boolean mayKnow(ExecId id) {
        return known.contains(id) || execs.values().stream().anyMatch(exec -> exec.id.equals(id));
    }

    private GuestExec add(ExecChannel exec) {
        remove(exec.id);
        execs.put(exec.number, exec);
        outbox.wants(exec);
        return exec;
    }

    private void remove(ExecId id) {
        execs.values().removeIf(exec -> {
            boolean same = exec.id.equals(id);
            if (same) {
                outbox.noLonger(exec);
            }
            return same;
        });
    }

    @Override
    public void forget(ExecId id) {
        outbox.lock.lock();
        try {
            remove(id);
            wishes.forget(++lastChannel, id);
            outbox.wants(wishes);
        } finally {
            outbox.lock.unlock();
        }
    }

    @Override
    public boolean ping(Duration timeout) {
        long token = ThreadLocalRandom.current().nextLong();
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        pings.put(token, answer);
        try {
            return sendPing(token) && answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        } catch (TimeoutException | ExecutionException _) {
            return false;
        } finally {
            pings.remove(token);
        }
    }

    private boolean sendPing(long token) {
        outbox.lock.lock();
        try {
            outbox.wants(wishes);
            return wishes.ping(token);
        } finally {
            outbox.lock.unlock();
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
        var _ = thread.join(patience);
        close();
    }

    @Override
    public void close() {
        closed = true;
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
        try {
            if (!handle(from, frame.channel(), AgentFrame.of(frame))) {
                ignored++;
            }
        } catch (MalformedFrame _) {
            ignored++;
        } catch (RuntimeException bug) {
            // One exec's listener must not end the session of all others.
            log.error("listener failed vm={} type={}", hello.vm(), frame.type(), bug);
        }
    }

    private boolean handle(Carrier from, int channel, AgentFrame frame) {
        if (channel == 0) {
            return switch (frame) {
                case AgentFrame.HelloOk ok -> greeted(from, ok);
                case AgentFrame.Pong(long token) -> {
                    CompletableFuture<Boolean> ping = pings.get(token);
                    yield ping != null && ping.complete(true);
                }
                case AgentFrame.Started _,
                        AgentFrame.Output _,
                        AgentFrame.StdinAck _,
                        AgentFrame.Exited _,
                        AgentFrame.Signalled _,
                        AgentFrame.Refused _,
                        AgentFrame.Forgotten _ -> false;
            };
        }
        ExecChannel exec;
        outbox.lock.lock();
        try {
            exec = execs.get(channel);
            // FORGET has channels of its own, so whatever comes on them is its answer.
            if (exec == null) {
                return wishes.forgotten(channel);
            }
        } finally {
            outbox.lock.unlock();
        }
        return exec.heard(frame);
    }

    private boolean greeted(Carrier from, AgentFrame.HelloOk ok) {
        if (from.greeted()) {
            return false; // HELLO is repeated, and so is its answer
        }
        if (ok.protocol() != Hello.PROTOCOL || ok.generation() > hello.generation()) {
            Greeting greeting = ok.protocol() == Hello.PROTOCOL ? Greeting.OLD_GENERATION : Greeting.OTHER_PROTOCOL;
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
        boolean another = !bootId.isEmpty() && !bootId.equals(ok.bootId());
        bootId = ok.bootId();
        known = ok.execs();
        List<ExecChannel> gone = renew(another);
        from.established();
        log.info(
                "guest ready vm={} generation={} boot={} execs={}",
                hello.vm(),
                hello.generation(),
                bootId,
                known.size());
        first.complete(Greeting.READY);
        for (ExecChannel exec : gone) {
            exec.listener.gone();
        }
        return true;
    }

    /// Everything open is opened again in this session; in another guest nothing of it exists.
    private List<ExecChannel> renew(boolean anotherGuest) {
        outbox.lock.lock();
        try {
            List<ExecChannel> gone = List.of();
            if (anotherGuest) {
                gone = execs.values().stream().filter(ExecChannel::open).toList();
                gone.forEach(ExecChannel::end);
                execs.clear();
                wishes.otherGuest();
            }
            wishes.again();
            outbox.wants(wishes);
            execs.values().forEach(ExecChannel::reopen);
            return gone;
        } finally {
            outbox.lock.unlock();
        }
    }

    private static int nonce() {
        return ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
