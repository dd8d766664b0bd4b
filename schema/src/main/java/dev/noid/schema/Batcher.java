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
/// one. Who is alone waits for nobody, and many share one commit.
///
/// @param <A> what is asked for
/// @param <R> what comes of it
public final class Batcher<A, R> implements AutoCloseable {
    private static final int MOST = 128;
    /// When a batch was not alone, more are about to come.
    private static final Duration GATHER = Duration.ofMillis(3);

    private final BlockingQueue<Ask<A, R>> waiting = new LinkedBlockingQueue<>();
    private final Function<List<A>, List<R>> work;
    private final Predicate<Throwable> concernsAll;
    private final Thread thread;
    private volatile boolean closed;

    private record Ask<A, R>(A what, CompletableFuture<R> result) {}

    /// @param work        answers each in its place. When it fails for several it is asked again for each alone,
    ///                    so it must have done nothing then
    /// @param concernsAll failures that are nobody's own, and would only be met again
    public Batcher(String name, Function<List<A>, List<R>> work, Predicate<Throwable> concernsAll) {
        this.work = work;
        this.concernsAll = concernsAll;
        this.thread = Thread.ofVirtual().name(name).start(this::run);
    }

    /// Waits for the answer; throws what the work threw.
    public R ask(A what) {
        Ask<A, R> ask = new Ask<>(what, new CompletableFuture<>());
        waiting.add(ask);
        if (closed) {
            refuseRest();
        }
        try {
            return ask.result().join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(failed);
        }
    }

    private void run() {
        List<Ask<A, R>> batch = new ArrayList<>();
        boolean crowded = false;
        try {
            while (!closed) {
                batch.add(waiting.take());
                if (crowded) {
                    Thread.sleep(GATHER);
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
