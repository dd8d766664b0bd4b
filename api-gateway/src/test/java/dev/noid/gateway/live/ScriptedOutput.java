package dev.noid.gateway.live;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Output;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;

/// Kafka as a test wants it: what each poll brings, and where it ends. The first record is at 10.
final class ScriptedOutput implements OutputSource, OutputCursor {
    final Deque<List<Output>> polls = new ArrayDeque<>();
    final List<Long> opened = new ArrayList<>();
    long position = 10;
    long end = 10;
    long openedNanos;
    long endAskedNanos;
    int endAsked;
    long closedNanos;
    private final Runnable polled;

    ScriptedOutput(Runnable polled) {
        this.polled = polled;
    }

    @Override
    public OutputCursor open(String token, int partition, long offset) {
        opened.add(offset);
        openedNanos = System.nanoTime();
        return this;
    }

    @Override
    public List<Output> poll(ExecId exec, Duration span) {
        List<Output> next = polls.isEmpty() ? List.of() : polls.remove();
        if (!next.stream().allMatch(output -> output.exec().equals(exec))) {
            throw new AssertionError(exec + " asks for " + next);
        }
        position += next.size();
        polled.run();
        return next;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public OptionalLong end() {
        endAsked++;
        endAskedNanos = System.nanoTime();
        return OptionalLong.of(end);
    }

    @Override
    public void wakeup() {}

    @Override
    public void close() {
        closedNanos = System.nanoTime();
    }
}
