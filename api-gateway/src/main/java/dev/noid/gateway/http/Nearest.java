package dev.noid.gateway.http;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// Finds the word somebody probably meant.
final class Nearest {
    private Nearest() {}

    static Optional<String> of(String word, Collection<String> known) {
        String lower = word.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
        return known.stream()
                .filter(candidate ->
                        distance(candidate.toLowerCase(Locale.ROOT), lower) <= Math.max(1, candidate.length() / 3)
                                || (lower.length() >= 3
                                        && candidate.toLowerCase(Locale.ROOT).startsWith(lower)))
                .min(Comparator.comparingInt(candidate -> distance(candidate.toLowerCase(Locale.ROOT), lower)));
    }

    /// Levenshtein's edit distance.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int substitution = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(Math.min(above, row[j - 1]) + 1, substitution);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
