package dev.noid.worker;

import dev.noid.schema.record.TopicSetup;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Waits for the broker and its topics, as long as it takes, on a thread of its own.
record TopicsWait(FutureTask<Boolean> task) implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TopicsWait.class);
    private static final Duration AGAIN = Duration.ofSeconds(2);

    static TopicsWait begin(String kafka, int partitions) {
        FutureTask<Boolean> task = new FutureTask<>(() -> await(kafka, partitions));
        Thread.ofVirtual().name("await-topics").start(task);
        return new TopicsWait(task);
    }

    private static boolean await(String kafka, int partitions) throws InterruptedException {
        while (true) {
            try {
                TopicSetup.ensure(kafka, partitions);
                return true;
            } catch (IllegalStateException e) {
                log.warn("broker away, trying on kafka={} error=\"{}\"", kafka, e.getMessage());
                Thread.sleep(AGAIN);
            }
        }
    }

    /// Returns when the topics are there.
    void end() throws InterruptedException {
        try {
            task.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e);
        }
    }

    /// Gives up.
    @Override
    public void close() {
        task.cancel(true);
    }
}
