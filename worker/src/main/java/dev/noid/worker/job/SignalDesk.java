package dev.noid.worker.job;

import dev.noid.worker.guest.GuestExec;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Signals asked for one exec. They come again until they are answered, so each id is sent once and its answer kept.
final class SignalDesk {
    private static final int REMEMBERED = 256;

    private final Map<String, Optional<Answer>> known = new LinkedHashMap<>();
    private final Map<Integer, Deque<String>> waiting = new HashMap<>();

    /// @param detail why it was not delivered
    record Answer(
            String signal, boolean delivered, @Nullable String detail) {}

    /// Sends a signal that is new. Returns the answer when it is known already.
    synchronized Optional<Answer> ask(String signal, int number, GuestExec exec) {
        Optional<Answer> before = known.get(signal);
        if (before != null) {
            return before;
        }
        known.put(signal, Optional.empty());
        if (known.size() > REMEMBERED) {
            String oldest = known.keySet().iterator().next();
            known.remove(oldest);
            waiting.values().forEach(queue -> queue.remove(oldest));
        }
        waiting.computeIfAbsent(number, _ -> new ArrayDeque<>()).add(signal);
        exec.signal(number);
        return Optional.empty();
    }

    /// The guest answers signals of one number in the order they were sent.
    synchronized Optional<Answer> answered(int number, int errno) {
        Deque<String> queue = waiting.get(number);
        String signal = queue == null ? null : queue.poll();
        if (signal == null) {
            return Optional.empty();
        }
        Answer answer = new Answer(signal, errno == 0, errno == 0 ? null : "errno " + errno);
        known.replace(signal, Optional.of(answer));
        return Optional.of(answer);
    }
}
