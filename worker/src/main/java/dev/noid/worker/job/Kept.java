package dev.noid.worker.job;

import dev.noid.worker.checkpoint.Manifest;
import dev.noid.worker.engine.EngineResult;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/// What a restore keeps of what ran, made durable while the new VMM starts: the disk is waited for only once.
final class Kept {
    private static final Executor OWN_THREAD =
            work -> Thread.ofPlatform().name("keep").daemon().start(work);

    private final CompletableFuture<EngineResult<Manifest>> durable;

    private Kept(CompletableFuture<EngineResult<Manifest>> durable) {
        this.durable = durable;
    }

    static Kept begin(Supplier<EngineResult<Manifest>> work) {
        return new Kept(CompletableFuture.supplyAsync(work, OWN_THREAD));
    }

    /// Throws UncheckedIOException when the disk took no more.
    EngineResult<Manifest> await() {
        try {
            return durable.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof UncheckedIOException files) {
                throw files;
            }
            throw new IllegalStateException(e);
        }
    }

    /// It is not wanted any more; nothing writes after this.
    void end() {
        var _ = durable.handle((_, _) -> true).join();
    }
}
