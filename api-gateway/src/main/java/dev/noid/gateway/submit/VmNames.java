package dev.noid.gateway.submit;

import java.util.List;
import java.util.random.RandomGenerator;

/// Names for VMs that nobody named: easy to say, 40,000 of them.
final class VmNames {
    private static final List<String> FIRST = List.of(
            "amber", "bold", "brave", "brisk", "calm", "clear", "crisp", "early", "fair", "fleet", "fresh", "gentle",
            "glad", "keen", "kind", "light", "merry", "mild", "neat", "quick");
    private static final List<String> SECOND = List.of(
            "ash", "bay", "birch", "brook", "cedar", "cliff", "cove", "dune", "elm", "fern", "fjord", "glen", "heath",
            "lake", "marsh", "oak", "pine", "reef", "ridge", "vale");

    private final RandomGenerator random;

    VmNames(RandomGenerator random) {
        this.random = random;
    }

    String next() {
        return FIRST.get(random.nextInt(FIRST.size())) + "-" + SECOND.get(random.nextInt(SECOND.size())) + "-"
                + random.nextInt(100);
    }
}
