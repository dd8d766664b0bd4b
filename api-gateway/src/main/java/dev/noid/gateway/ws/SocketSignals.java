package dev.noid.gateway.ws;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Signals of one socket, delivered one after the other on a thread that is there only while there are some: stdin
/// behind a signal would otherwise wait for the worker's answer. One that comes too soon is not taken.
final class SocketSignals {
    private final int waitingMost;
    private final String name;
    private final Delivery delivery;
    private final Deque<Integer> waiting = new ArrayDeque<>();
    private boolean delivering;
    private boolean gone;

    interface Delivery {
        /// Returns when it is answered or given up; throws nothing but for its thread's end.
        void deliver(int number) throws InterruptedException;
    }

    SocketSignals(int waitingMost, String name, Delivery delivery) {
        this.waitingMost = waitingMost;
        this.name = name;
        this.delivery = delivery;
    }

    /// False when there are too many already.
    synchronized boolean offer(int number) {
        if (gone) {
            return true;
        }
        if (waiting.size() >= waitingMost) {
            return false;
        }
        waiting.add(number);
        if (!delivering) {
            delivering = true;
            Thread.ofVirtual().name(name).start(this::deliver);
        }
        return true;
    }

    /// What waits is not delivered: its client has gone.
    synchronized void gone() {
        gone = true;
        waiting.clear();
    }

    private void deliver() {
        try {
            for (Integer next = next(); next != null; next = next()) {
                delivery.deliver(next);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            gone();
        }
    }

    private synchronized @Nullable Integer next() {
        Integer next = waiting.poll();
        delivering = next != null;
        return next;
    }
}
