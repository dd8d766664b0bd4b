package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final int SESSION = 7;

    private final Outbox outbox = new Outbox();

    @Test
    void what_nobody_waits_for_goes_with_what_is_sent_next() throws Exception {
        outbox.serve(SESSION);
        locked(() -> outbox.wantsSoon(new Frames("ack")));
        locked(() -> outbox.wants(new Frames("exec")));
        assertThat(taken()).isEqualTo("execack");
    }

    @Test
    void what_nobody_waits_for_goes_alone_when_nothing_else_comes() throws Exception {
        outbox.serve(SESSION);
        CompletableFuture<String> next = CompletableFuture.supplyAsync(this::taken);
        locked(() -> outbox.wantsSoon(new Frames("ack")));
        assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo("ack");
    }

    @Test
    void what_is_not_wanted_any_more_is_not_sent() throws Exception {
        outbox.serve(SESSION);
        Frames gone = new Frames("gone");
        locked(() -> {
            outbox.wantsSoon(gone);
            outbox.noLonger(gone);
            outbox.wants(new Frames("exec"));
        });
        assertThat(taken()).isEqualTo("exec");
    }

    @Test
    void while_one_is_alone_the_others_wait_however_long_it_takes() throws Exception {
        outbox.serve(SESSION);
        Frames quiesce = new Frames();
        locked(() -> {
            outbox.only(quiesce);
            outbox.wantsSoon(new Frames("ack"));
        });
        CompletableFuture<String> next = CompletableFuture.supplyAsync(this::taken);
        CompletableFuture<String> early = next.copy().completeOnTimeout("nothing", 200, TimeUnit.MILLISECONDS);
        assertThat(early.get()).isEqualTo("nothing");
        locked(outbox::all);
        assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo("ack");
    }

    private String taken() {
        try {
            byte[] batch = outbox.take(SESSION);
            return batch == null ? "no session" : new String(batch, StandardCharsets.UTF_8);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void locked(Runnable what) {
        outbox.lock.lock();
        try {
            what.run();
        } finally {
            outbox.lock.unlock();
        }
    }

    private static final class Frames implements Outbox.Source {
        private final Deque<String> frames = new ArrayDeque<>();

        Frames(String... frames) {
            this.frames.addAll(List.of(frames));
        }

        @Override
        public byte @Nullable [] next(int session) {
            String frame = frames.poll();
            return frame == null ? null : frame.getBytes(StandardCharsets.UTF_8);
        }
    }
}
