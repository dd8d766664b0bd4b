package dev.noid.cli.command;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// The VM of a `run`, to be destroyed once whatever happens. Who interrupts while it is being asked for has to wait
/// for its name: the gateway may have made it already.
final class MadeVm {
    private final Consumer<String> destroy;
    private final CompletableFuture<Optional<String>> name = new CompletableFuture<>();
    private boolean undone;

    MadeVm(Consumer<String> destroy) {
        this.destroy = destroy;
    }

    void is(String vm) {
        name.complete(Optional.of(vm));
    }

    /// It is others' from here on.
    synchronized void stays() {
        undone = true;
    }

    /// Nobody asks for one any more.
    void noMore() {
        name.complete(Optional.empty());
    }

    /// Whoever comes second waits: the process must not end before the first one is through.
    private synchronized void once(String vm) {
        if (!undone) {
            undone = true;
            destroy.accept(vm);
        }
    }

    /// Destroys it, if there is one and nobody did. False when its name did not come in time.
    boolean undo(Duration patience) {
        try {
            name.get(patience.toMillis(), TimeUnit.MILLISECONDS).ifPresent(this::once);
            return true;
        } catch (TimeoutException _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a name is never an exception", e);
        }
    }
}
