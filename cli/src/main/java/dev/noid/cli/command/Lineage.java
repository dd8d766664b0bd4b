package dev.noid.cli.command;

import dev.noid.schema.api.Checkpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Checkpoints as the tree they are, one line each, children below their parent and older ones first. One whose parent
/// is not among them is a root.
final class Lineage {
    /// `ck-` and 1 s of the time in an id.
    private static final int PREFIX_LEAST = 11;

    /// @param branch the lines from the parent, as wide as the depth
    record Line(String branch, Checkpoint checkpoint) {}

    private final Map<String, List<Checkpoint>> children = new HashMap<>();
    private final List<Line> lines = new ArrayList<>();

    private Lineage(List<Checkpoint> all) {
        Set<String> known = all.stream().map(Checkpoint::id).collect(Collectors.toSet());
        all.stream()
                .sorted(Comparator.comparing(Checkpoint::createdAt).thenComparing(Checkpoint::id))
                .forEach(one -> children.computeIfAbsent(
                                known.contains(one.parent()) ? one.parent() : "", _ -> new ArrayList<>())
                        .add(one));
    }

    static List<Line> of(List<Checkpoint> all) {
        Lineage lineage = new Lineage(all);
        lineage.children.getOrDefault("", List.of()).forEach(root -> lineage.draw("", "", root));
        return lineage.lines;
    }

    private void draw(String branch, String below, Checkpoint one) {
        lines.add(new Line(branch, one));
        List<Checkpoint> own = children.getOrDefault(one.id(), List.of());
        for (int i = 0; i < own.size(); i++) {
            boolean last = i == own.size() - 1;
            draw(below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "), own.get(i));
        }
    }

    /// How many characters of these ids tell them apart.
    static int prefix(List<Checkpoint> all) {
        int length = PREFIX_LEAST;
        int longest = all.stream().mapToInt(one -> one.id().length()).max().orElse(0);
        while (length < longest && !differ(all, length)) {
            length++;
        }
        return length;
    }

    private static boolean differ(List<Checkpoint> all, int length) {
        return all.stream().map(one -> shortened(one.id(), length)).distinct().count() == all.size();
    }

    static String shortened(String id, int length) {
        return id.substring(0, Math.min(id.length(), length));
    }
}
