package dev.noid.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ExecOutputTest {
    private static final ExecId EXEC = new ExecId("job-1", 1);

    private final List<Output> published = new ArrayList<>();
    private final Deque<Runnable> onTheirWay = new ArrayDeque<>();
    private final List<String> acknowledged = new ArrayList<>();
    private final Semaphore budget = new Semaphore(1000);
    private int killed;
    private final ExecOutput output = new ExecOutput(
            EXEC,
            20,
            budget,
            (record, safe) -> {
                published.add(record);
                onTheirWay.add(safe);
            },
            () -> killed++,
            (stream, offset) -> acknowledged.add(stream + "@" + offset));

    @Test
    void bytesAreAcknowledgedOnlyWhenKafkaHasThem() {
        hear(0, "hello");
        assertThat(acknowledged).isEmpty();

        kafkaHasIt();
        assertThat(acknowledged).containsExactly("stdout@5");
    }

    /// Attack G5: a guest that says its streams begin far out gets no more than its limit for that.
    @Test
    void placesThatAGuestMadeUpDoNotUndoTheLimit() {
        byte[] bytes = "0123456789".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 10; i++) {
            output.heard(Stream.STDOUT, (1L << 61) - 200 + 10L * i, bytes);
            output.heard(Stream.STDERR, (1L << 61) - 200 + 10L * i, bytes);
            kafkaHasIt();
            kafkaHasIt();
        }
        assertThat(killed).isOne();
        assertThat(published).allSatisfy(record -> assertThat(record).isInstanceOf(Output.Gap.class));
    }

    @Test
    void whatTheAgentRepeatsGoesOutOnce() {
        hear(0, "hello");
        hear(0, "hello");
        hear(3, "lo world");

        assertThat(texts()).containsExactly("hello", " world");
    }

    @Test
    void afterARestartAStreamOfWhichNothingComesAgainIsAsLongAsTheAgentSays() {
        assertThat(output.complete(5, 0)).isDone();

        assertThat(output.length(Stream.STDOUT)).isEqualTo(5);
        assertThat(published).isEmpty();
    }

    @Test
    void afterARestartItBeginsWhereTheAgentBegins() {
        hear(7, "again");

        assertThat(texts()).containsExactly("again");
        assertThat(((Output.Chunk) published.getFirst()).offset()).isEqualTo(7);
        assertThat(output.length(Stream.STDOUT)).isEqualTo(12);
    }

    @Test
    void overTheLimitItIsEndedOnceAndTheRestIsSaidToBeMissing() {
        hear(0, "0123456789");
        output.heard(Stream.STDERR, 0, bytes("01234567890"));
        hear(10, "more");
        kafkaHasIt();

        assertThat(killed).isEqualTo(1);
        assertThat(output.overLimit()).isTrue();
        assertThat(published.get(1)).isEqualTo(new Output.Gap(EXEC, Stream.STDERR, 0, 11));
        assertThat(published.get(2)).isEqualTo(new Output.Gap(EXEC, Stream.STDOUT, 10, 14));
        assertThat(acknowledged).containsExactly("stdout@10", "stderr@11", "stdout@14");
    }

    @Test
    void exactlyTheLimitIsFine() {
        hear(0, "01234567890123456789");

        assertThat(killed).isZero();
        assertThat(texts()).hasSize(1);
    }

    @Test
    void itIsCompleteWhenKafkaHasEverything() {
        hear(0, "hello");
        CompletableFuture<Void> safe = output.complete(5, 0);
        assertThat(safe).isNotDone();

        kafkaHasIt();
        assertThat(safe).isCompleted();
    }

    @Test
    void aLengthThatWasNeverHeardIsAGapForReaders() {
        hear(0, "hello");
        CompletableFuture<Void> safe = output.complete(9, 0);
        kafkaHasIt();

        assertThat(safe).isCompleted();
        assertThat(published.getLast()).isEqualTo(new Output.Gap(EXEC, Stream.STDOUT, 5, 9));
    }

    @Test
    void theReaderWaitsWhileTheVmsBudgetIsUsedUp() throws Exception {
        budget.acquire(998);
        CompletableFuture<Void> heard = CompletableFuture.runAsync(() -> hear(0, "hello"));
        assertThat(heard).isNotDone();

        budget.release(998);
        heard.get(5, TimeUnit.SECONDS);
        assertThat(texts()).containsExactly("hello");
        kafkaHasIt();
        assertThat(budget.availablePermits()).isEqualTo(1000);
    }

    @Test
    void whatWaitsForTheBudgetWhenTheVmEndsStillGoesOutBeforeItIsComplete() throws Exception {
        budget.acquire(998);
        CompletableFuture<Void> heard = CompletableFuture.runAsync(() -> hear(0, "hello"));
        await().until(() -> output.length(Stream.STDOUT) == 5);

        CompletableFuture<Void> safe = output.complete();
        assertThat(safe).as("its length counts what is not published yet").isNotDone();
        budget.release(998);
        heard.get(5, TimeUnit.SECONDS);
        kafkaHasIt();
        assertThat(safe).isCompleted();
        assertThat(texts()).containsExactly("hello");
    }

    @Test
    void recordsWithoutOutputTakeOfTheBudgetToo() {
        for (int i = 0; i < 3; i++) {
            output.say(new Output.InputAck(EXEC, i, i, false));
        }
        assertThat(budget.availablePermits()).isLessThan(1000 - 3 * 200);
        CompletableFuture<Void> fourth =
                CompletableFuture.runAsync(() -> output.say(new Output.InputAck(EXEC, 4, 4, false)));
        assertThat(fourth).isNotDone();

        kafkaHasIt();
        fourth.orTimeout(5, TimeUnit.SECONDS).join();
        kafkaHasIt();
        assertThat(budget.availablePermits()).isEqualTo(1000);
    }

    @Test
    void nonsenseOffsetsAreIgnored() {
        hear(-4, "hello");
        hear(Long.MAX_VALUE - 1, "hello");

        assertThat(published).isEmpty();
    }

    private void hear(long offset, String text) {
        output.heard(Stream.STDOUT, offset, bytes(text));
    }

    private void kafkaHasIt() {
        while (!onTheirWay.isEmpty()) {
            onTheirWay.poll().run();
        }
    }

    private List<String> texts() {
        return published.stream()
                .map(Output.Chunk.class::cast)
                .map(chunk -> new String(chunk.bytes(), StandardCharsets.UTF_8))
                .toList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
