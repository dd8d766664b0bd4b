package dev.noid.schema;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.function.Predicate;

/// Does in one go what many ask for at the same time: whoever comes while a batch is being done is in the next
/// one. Without leisure, who is alone waits for nobody; many share one commit.
///
/// Its thread is one of the platform's: it mostly waits for an answer from a socket, which wakes such a thread
/// directly and a virtual one by way of two others.
///
/// @param <A> what is asked for
/// @param <R> what comes of it
public final class Batcher<A, R> implements AutoCloseable {
    private static final int MOST = 128;
    /// When a batch was not alone, more are about to come.
    private static final Duration GATHER = Duration.ofMillis(3);

    private final BlockingQueue<Ask<A, R>> waiting = new LinkedBlockingQueue<>();
    private final Duration leisure;
    private final Function<List<A>, List<R>> work;
    private final Predicate<Throwable> concernsAll;
    private final Thread thread;
    private volatile boolean closed;

    private record Ask<A, R>(A what, CompletableFuture<R> result) {}

    /// @param leisure     how long the first of a batch waits for others in any case; zero where somebody waits for it
    /// @param work        answers each in its place. When it fails for several it is asked again for each alone,
    ///                    so it must have done nothing then
    /// @param concernsAll failures that are nobody's own, and would only be met again
    public Batcher(String name, Duration leisure, Function<List<A>, List<R>> work, Predicate<Throwable> concernsAll) {
        this.leisure = leisure;
        this.work = work;
        this.concernsAll = concernsAll;
        this.thread = Thread.ofPlatform().name(name).daemon().start(this::run);
    }

    /// Without a wait; nobody hears what comes of it.
    public void tell(A what) {
        var _ = put(what);
    }

    /// Waits for the answer; throws what the work threw.
    public R ask(A what) {
        try {
            return put(what).join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(failed);
        }
    }

    private CompletableFuture<R> put(A what) {
        Ask<A, R> ask = new Ask<>(what, new CompletableFuture<>());
        waiting.add(ask);
        if (closed) {
            refuseRest();
        }
        return ask.result();
    }

    private void run() {
        List<Ask<A, R>> batch = new ArrayList<>();
        boolean crowded = false;
        try {
            while (!closed) {
                batch.add(waiting.take());
                if (waiting.size() < MOST - 1) {
                    Thread.sleep(crowded && leisure.isZero() ? GATHER : leisure);
                }
                waiting.drainTo(batch, MOST - 1);
                crowded = batch.size() > 1;
                doAll(batch);
                batch.clear();
            }
        } catch (InterruptedException _) {
            batch.forEach(Batcher::refuse);
        }
        refuseRest();
    }

    private void doAll(List<Ask<A, R>> batch) {
        try {
            List<R> results = work.apply(batch.stream().map(Ask::what).toList());
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).result().complete(results.get(i));
            }
        } catch (RuntimeException | Error failed) {
            if (batch.size() == 1 || closed || concernsAll.test(failed)) {
                batch.forEach(ask -> ask.result().completeExceptionally(failed));
            } else {
                // One of them may be to blame, and the others are not to fail for it.
                batch.forEach(ask -> doAll(List.of(ask)));
            }
        }
    }

    private void refuseRest() {
        for (Ask<A, R> ask = waiting.poll(); ask != null; ask = waiting.poll()) {
            refuse(ask);
        }
    }

    private static void refuse(Ask<?, ?> ask) {
        ask.result().completeExceptionally(new IllegalStateException("closed"));
    }

    /// Takes no more; what is being done is not waited for.
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
