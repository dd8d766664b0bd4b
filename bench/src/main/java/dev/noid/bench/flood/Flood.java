package dev.noid.bench.flood;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/// One token's flood of one kind, from two threads with up to 100 open connections each, until it is closed.
public final class Flood implements AutoCloseable {
    private static final int THREADS = 2;
    private static final int OPEN = 100;

    private final List<Pace> paces = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    /// @param job a command that waits for its stdin
    public Flood(Attack attack, URI gateway, String token, String job) {
        for (int i = 0; i < THREADS; i++) {
            Pace pace = new Pace();
            paces.add(pace);
            threads.add(Thread.ofPlatform()
                    .daemon()
                    .name("flood-" + i)
                    .start(() -> send(attack, gateway, token, job, pace)));
        }
    }

    private static void send(Attack attack, URI gateway, String token, String job, Pace pace) {
        Queue<RawClient> open = new ArrayDeque<>();
        while (!pace.isOver()) {
            try {
                if (open.size() == OPEN) {
                    open.remove().close();
                }
                RawClient client = new RawClient(gateway, token);
                open.add(client);
                attack.on(client, job, pace);
            } catch (IOException _) {
                // It was refused or cut, as it is to be.
            }
            pace.rest();
        }
        for (RawClient client : open) {
            try {
                client.close();
            } catch (IOException _) {
                // The server was first.
            }
        }
    }

    @Override
    public void close() {
        paces.forEach(Pace::end);
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                // They end soon; whoever was interrupted need not see it.
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
