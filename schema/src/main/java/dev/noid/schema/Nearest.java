package dev.noid.schema;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// Finds the word somebody probably meant.
public final class Nearest {
    private Nearest() {}

    /// The known word that is near enough to be suggested: a typo or two away, or begun like it.
    public static Optional<String> of(String word, Collection<String> known) {
        String plain = plain(word);
        return known.stream()
                .filter(candidate -> {
                    String other = plain(candidate);
                    return distance(other, plain) <= Math.max(1, other.length() / 3)
                            || (plain.length() >= 3 && other.startsWith(plain));
                })
                .min(Comparator.comparingInt(candidate -> distance(plain(candidate), plain)));
    }

    private static String plain(String word) {
        return word.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    /// Edits of one character, and swaps of two neighbours, that lead from one word to the other (optimal string
    /// alignment).
    private static int distance(String a, String b) {
        int[][] edits = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                edits[i][j] = i == 0 || j == 0 ? i + j : cheapest(edits, a, b, i, j);
            }
        }
        return edits[a.length()][b.length()];
    }

    private static int cheapest(int[][] edits, String a, String b, int i, int j) {
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int least = Math.min(edits[i - 1][j - 1] + (same ? 0 : 1), 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(least, edits[i - 2][j - 2] + 1) : least;
    }
}
