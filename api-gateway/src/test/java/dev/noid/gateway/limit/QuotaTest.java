package dev.noid.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// How places are given, and to whom when several wait. Attack G3's kind: hundreds that waited for a large body's
/// place were all woken for each one, and ran before any request of another client.
final class QuotaTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Quota quota = new Quota(new Limits.Share(2, 3));

    @Test
    void one_token_never_gets_all() {
        assertThat(quota.take("a")).isPresent();
        Quota.Place place = quota.take("a").orElseThrow();
        assertThat(quota.take("a")).isEmpty();
        assertThat(quota.take("b")).isPresent();
        assertThat(quota.take("b")).as("all three are given").isEmpty();
        place.close();
        place.close();
        assertThat(quota.taken()).isEqualTo(2);
        assertThat(quota.take("b")).isPresent();
    }

    @Test
    void a_place_goes_to_the_one_who_has_waited_longest_and_may_have_it() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        Quota.Place ofA = quota.take("a").orElseThrow();
        Quota.Place alsoOfA = quota.take("a").orElseThrow();
        Quota.Place ofB = quota.take("b").orElseThrow();
        List<Thread> waiters = new ArrayList<>();
        for (String name : List.of("a1", "b1", "a2", "c1")) {
            Thread waiter = Thread.ofVirtual().start(() -> waitFor(name, order));
            waiters.add(waiter);
            await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
        }
        ofB.close();
        await().untilAsserted(() -> assertThat(order).as("a has two already").containsExactly("b1"));
        ofA.close();
        await().untilAsserted(() -> assertThat(order).containsExactly("b1", "a1"));
        alsoOfA.close();
        await().untilAsserted(() -> assertThat(order).containsExactly("b1", "a1", "a2"));
        for (Thread waiter : waiters) {
            waiter.interrupt();
            waiter.join();
        }
        assertThat(order).as("c1 was told to stop").hasSize(3);
        assertThat(quota.taken()).isEqualTo(3);
    }

    @Test
    void who_waits_in_vain_is_told_and_keeps_no_place() throws InterruptedException {
        Quota.Place one = quota.take("a").orElseThrow();
        Quota.Place two = quota.take("a").orElseThrow();
        assertThat(quota.take("a", Duration.ofMillis(5))).isEmpty();
        one.close();
        two.close();
        assertThat(quota.taken()).isZero();
        assertThat(quota.take("a", LONG)).isPresent();
    }

    /// The first letter is the token.
    private void waitFor(String name, List<String> order) {
        try {
            Optional<Quota.Place> place = quota.take(name.substring(0, 1), LONG);
            place.ifPresent(_ -> order.add(name));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
