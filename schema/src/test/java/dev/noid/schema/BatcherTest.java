package dev.noid.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatcherTest {
    private final List<List<Integer>> batches = Collections.synchronizedList(new ArrayList<>());

    @Test
    void who_comes_while_a_batch_is_being_done_is_in_the_next_one() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (var batcher = new Batcher<Integer, Integer>(
                        "test",
                        Duration.ZERO,
                        asked -> {
                            batches.add(asked);
                            first.countDown();
                            await(goOn);
                            return doubled(asked);
                        },
                        _ -> false);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> alone = threads.submit(() -> batcher.ask(1));
            await(first);
            List<Future<Integer>> others = IntStream.rangeClosed(2, 50)
                    .mapToObj(i -> threads.submit(() -> batcher.ask(i)))
                    .toList();
            goOn.countDown();
            assertThat(alone.get(10, TimeUnit.SECONDS)).isEqualTo(2);
            for (int i = 0; i < others.size(); i++) {
                assertThat(others.get(i).get(10, TimeUnit.SECONDS)).isEqualTo(2 * (i + 2));
            }
        }
        assertThat(batches.getFirst()).containsExactly(1);
        assertThat(batches.stream().flatMap(List::stream)).hasSize(50).doesNotHaveDuplicates();
    }

    @Test
    void what_is_wrong_with_one_fails_that_one_alone() throws Exception {
        List<String> answers = together(asked -> {
            if (asked.contains(7)) {
                throw new IllegalArgumentException("seven");
            }
            return doubled(asked);
        });
        assertThat(answers).hasSize(20);
        assertThat(answers.get(7)).isEqualTo("seven");
        for (int i = 0; i < 20; i++) {
            assertThat(answers.get(i)).isEqualTo(i == 7 ? "seven" : Integer.toString(2 * i));
        }
    }

    @Test
    void what_concerns_all_is_not_met_again_by_each() throws Exception {
        List<String> answers = together(asked -> {
            throw new IllegalStateException("away");
        });
        assertThat(answers).hasSize(20).containsOnly("away");
        assertThat(batches.stream().flatMap(List::stream)).hasSize(20);
    }

    @Test
    void after_its_end_it_refuses() {
        var batcher = new Batcher<Integer, Integer>("test", Duration.ZERO, BatcherTest::doubled, _ -> false);
        batcher.close();
        assertThatThrownBy(() -> batcher.ask(1)).hasMessage("closed");
    }

    @Test
    void what_is_told_is_done_without_a_wait_and_with_what_comes_soon_after() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        try (var batcher = new Batcher<Integer, Integer>(
                "test",
                Duration.ofMillis(200),
                asked -> {
                    batches.add(asked);
                    done.countDown();
                    return doubled(asked);
                },
                _ -> false)) {
            IntStream.range(0, 20).forEach(batcher::tell);
            assertThat(batches).isEmpty();
            await(done);
        }
        assertThat(batches).singleElement().satisfies(all -> assertThat(all).hasSize(20));
    }

    private interface Work {
        List<Integer> of(List<Integer> asked);
    }

    /// What each of 0 to 19 is answered, or fails with.
    private List<String> together(Work work) throws Exception {
        try (var batcher = new Batcher<Integer, Integer>(
                        "test",
                        Duration.ZERO,
                        asked -> {
                            batches.add(asked);
                            return work.of(asked);
                        },
                        IllegalStateException.class::isInstance);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> asks = IntStream.range(0, 20)
                    .<Callable<String>>mapToObj(i -> () -> {
                        List<Integer> answer = new ArrayList<>();
                        Throwable failed = catchThrowable(() -> answer.add(batcher.ask(i)));
                        return failed == null ? answer.getFirst().toString() : failed.getMessage();
                    })
                    .toList();
            List<String> answers = new ArrayList<>();
            for (Future<String> answer : threads.invokeAll(asks)) {
                answers.add(answer.get());
            }
            return answers;
        }
    }

    private static List<Integer> doubled(List<Integer> asked) {
        return asked.stream().map(i -> 2 * i).toList();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
