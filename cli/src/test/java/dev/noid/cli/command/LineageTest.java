package dev.noid.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.api.Checkpoint;
import dev.noid.schema.checkpoint.CheckpointState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LineageTest {
    @Test
    void children_stand_below_their_parent_and_older_ones_first() {
        List<Checkpoint> all = List.of(
                checkpoint("ck-e", "ck-b", 5),
                checkpoint("ck-d", "ck-a", 4),
                checkpoint("ck-c", "ck-b", 3),
                checkpoint("ck-b", "ck-a", 2),
                checkpoint("ck-a", null, 1));
        assertThat(drawn(all)).containsExactly("ck-a", "├─ ck-b", "│  ├─ ck-c", "│  └─ ck-e", "└─ ck-d");
    }

    @Test
    void a_parent_that_is_not_in_the_list_makes_a_root() {
        List<Checkpoint> all = List.of(
                checkpoint("ck-a", "ck-of-another-vm", 1), checkpoint("ck-b", "ck-a", 2), checkpoint("ck-c", null, 3));
        assertThat(drawn(all)).containsExactly("ck-a", "└─ ck-b", "ck-c");
        assertThat(drawn(List.of())).isEmpty();
    }

    @Test
    void ids_are_cut_to_what_tells_them_apart() {
        Checkpoint one = checkpoint("ck-01k8x3aaaabbbb", null, 1);
        assertThat(Lineage.prefix(List.of())).isEqualTo(11);
        assertThat(Lineage.prefix(List.of(one))).isEqualTo(11);
        assertThat(Lineage.prefix(List.of(one, checkpoint("ck-01k8x3aaaacbbb", null, 1))))
                .isEqualTo(14);
        assertThat(Lineage.shortened("ck-a", 11)).isEqualTo("ck-a");
    }

    private static List<String> drawn(List<Checkpoint> all) {
        return Lineage.of(all).stream()
                .map(line -> line.branch() + line.checkpoint().id())
                .toList();
    }

    private static Checkpoint checkpoint(String id, @Nullable String parent, int second) {
        return new Checkpoint(
                id,
                "web",
                "vm-1",
                parent,
                null,
                false,
                false,
                false,
                CheckpointState.COMPLETE,
                "busybox",
                256,
                1,
                512,
                null,
                null,
                null,
                null,
                Instant.ofEpochSecond(second),
                null);
    }
}
