package dev.noid.gateway.live;

import dev.noid.schema.record.Event;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/// Answers to signals that somebody here waits for.
public final class SignalAnswers {
    private final Map<String, CompletableFuture<Event.SignalAnswered>> waiting = new ConcurrentHashMap<>();

    /// Two requests with one id (a repeated idempotency key) share the answer.
    public CompletableFuture<Event.SignalAnswered> expect(String signal) {
        return waiting.computeIfAbsent(signal, _ -> new CompletableFuture<>());
    }

    public void forget(String signal) {
        waiting.remove(signal);
    }

    public void answered(Event.SignalAnswered answer) {
        CompletableFuture<Event.SignalAnswered> future = waiting.get(answer.signal());
        if (future != null) {
            future.complete(answer);
        }
    }
}
