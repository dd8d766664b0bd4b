package dev.noid.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.Removals.Candidate;
import dev.noid.schema.api.CheckpointPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What goes and what stays, whatever the tree looks like.
final class RetentionTest {
    @Test
    void bounds_add_up() {
        List<Candidate> all = List.of(plain("d", 10), plain("c", 20), plain("b", 30), plain("a", 40));
        assertThat(Retention.goes(all, Map.of(), policy(3, null, null))).containsExactly("a");
        assertThat(Retention.goes(all, Map.of(), policy(null, 25L, null))).containsExactly("b", "a");
        assertThat(Retention.goes(all, Map.of(), policy(1, 25L, null))).containsExactly("c", "b", "a");
        assertThat(Retention.goes(all, Map.of(), policy(null, null, null))).isEmpty();
    }

    @Test
    void what_must_stay_stays_and_counts() {
        List<Candidate> all = List.of(
                new Candidate("d", 0, false, true, false),
                plain("c", 0),
                new Candidate("b", 0, true, false, false),
                new Candidate("a", 0, false, false, true));
        assertThat(Retention.goes(all, Map.of(), policy(1, null, null))).containsExactly("c");
        assertThat(Retention.goes(all, files(all, new Random(1)), policy(null, null, 1L)))
                .containsExactly("c");
    }

    @Test
    void a_shared_file_is_free_only_when_its_last_holder_goes() {
        List<Candidate> all = List.of(plain("c", 0), plain("b", 0), plain("a", 0));
        Map<String, Map<String, Long>> files = Map.of(
                "a", Map.of("a/mem", 1L, "layer-1", 100L),
                "b", Map.of("b/mem", 1L, "layer-1", 100L),
                "c", Map.of("c/mem", 1L));
        assertThat(Retention.goes(all, files, policy(null, null, 103L))).isEmpty();
        assertThat(Retention.goes(all, files, policy(null, null, 102L))).containsExactly("a");
        assertThat(Retention.goes(all, files, policy(null, null, 101L))).containsExactly("b", "a");
    }

    /// Ten thousand random trees: nothing that must stay goes, what stays is within the bound or can not be less, and
    /// the last one that went had to.
    @Test
    void no_bound_is_exceeded_and_nothing_goes_without_a_reason() {
        Random random = new Random(20_260_101);
        for (int round = 0; round < 10_000; round++) {
            List<Candidate> all = new ArrayList<>();
            for (int i = random.nextInt(12); i > 0; i--) {
                all.add(new Candidate(
                        "c" + i, 100L - i, random.nextInt(5) == 0, random.nextInt(6) == 0, random.nextInt(6) == 0));
            }
            Map<String, Map<String, Long>> files = files(all, random);
            long most = random.nextLong(1, 301);
            Set<String> going = new HashSet<>(Retention.goes(all, files, policy(null, null, most)));
            List<Candidate> kept =
                    all.stream().filter(one -> !going.contains(one.id())).toList();
            assertThat(kept).containsAll(all.stream().filter(one -> !free(one)).toList());
            boolean within = bytes(kept, files) <= most;
            assertThat(within || kept.stream().noneMatch(RetentionTest::free))
                    .as("round %d", round)
                    .isTrue();
            all.stream().filter(one -> going.contains(one.id())).findFirst().ifPresent(last -> {
                List<Candidate> withIt = all.stream()
                        .filter(one -> !going.contains(one.id()) || one.equals(last))
                        .toList();
                assertThat(bytes(withIt, files)).isGreaterThan(most);
            });
        }
    }

    private static boolean free(Candidate one) {
        return !one.pinned() && !one.current() && !one.inUse();
    }

    private static Map<String, Map<String, Long>> files(List<Candidate> all, Random random) {
        Map<String, Map<String, Long>> files = new HashMap<>();
        for (Candidate candidate : all) {
            Map<String, Long> own = new HashMap<>(Map.of(candidate.id() + "/mem", 1L + random.nextInt(40)));
            for (int layer = 0; layer < 6; layer++) {
                if (random.nextBoolean()) {
                    own.put("layer-" + layer, 10L * layer + 1);
                }
            }
            files.put(candidate.id(), own);
        }
        return files;
    }

    private static long bytes(List<Candidate> kept, Map<String, Map<String, Long>> files) {
        Map<String, Long> once = new HashMap<>();
        kept.forEach(one -> once.putAll(files.getOrDefault(one.id(), Map.of())));
        return once.values().stream().mapToLong(Long::longValue).sum();
    }

    private static Candidate plain(String id, long age) {
        return new Candidate(id, age, false, false, false);
    }

    private static CheckpointPolicy policy(@Nullable Integer last, @Nullable Long age, @Nullable Long bytes) {
        return new CheckpointPolicy(last, age, bytes, null);
    }
}
