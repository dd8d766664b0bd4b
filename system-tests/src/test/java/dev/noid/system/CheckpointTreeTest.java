package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A tree of checkpoints of one real VM, and jumps in it: back, forward again, across. Memory and disk are
/// always those of the node, and the VM is always the same one.
class CheckpointTreeTest {
    private static final int NODES = 10;
    private static final int JUMPS = 50;

    private static Stack stack;

    private final long seed = Long.getLong("noid.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @BeforeAll
    static void up() {
        stack = Stack.up("qemu");
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    /// @param id empty before the first checkpoint
    private record Node(String id, int counter, String file) {}

    @Test
    void fifty_jumps_in_a_tree_of_ten_find_memory_and_disk_as_they_were_at_each_node() {
        Vm vm = Vm.create(stack, "tree", 128);
        String identity = vm.get().path("id").asString();
        Counter.start(vm);
        List<Node> nodes = new ArrayList<>();
        Node here = change(vm, new Node("", 0, ""));
        while (nodes.size() < NODES) {
            if (!nodes.isEmpty() && random.nextInt(3) == 0) {
                here = jump(vm, any(nodes));
            }
            here = change(vm, here);
            here = kept(vm, here, "n" + nodes.size());
            nodes.add(here);
        }
        long generation = vm.get().path("generation").asLong();
        for (int i = 0; i < JUMPS; i++) {
            // Every fifth time something is done first and kept by itself, and the next jump undoes the jump.
            if (i % 5 == 0) {
                Node changed = change(vm, here);
                Node target = any(nodes);
                String keep =
                        vm.restore(target.id, true).at("/checkpoint/checkpoint").asString();
                assertAt(vm, target);
                here = jump(vm, new Node(keep, changed.counter, changed.file));
            } else {
                here = jump(vm, any(nodes));
            }
            generation++;
        }
        JsonNode now = vm.get();
        assertThat(now.path("id").asString()).isEqualTo(identity);
        assertThat(now.path("generation").asLong()).isGreaterThanOrEqualTo(generation);
        assertThat(stack.http().get("/vms").json().path("items")).hasSize(1);
        vm.destroy(true);
    }

    private Node any(List<Node> nodes) {
        return nodes.get(random.nextInt(nodes.size()));
    }

    private Node change(Vm vm, Node from) {
        int more = 1 + random.nextInt(9);
        String file = Long.toHexString(random.nextLong());
        assertThat(vm.sh("cd /srv; echo " + file + " > file; echo " + more + " > add; cat now"))
                .isEqualTo(from.counter + more + "\n");
        return new Node(from.id, from.counter + more, file);
    }

    private Node kept(Vm vm, Node state, String label) {
        String id = vm.checkpoint(label);
        JsonNode made = vm.checkpoints().stream()
                .filter(one -> one.path("id").asString().equals(id))
                .findFirst()
                .orElseThrow();
        assertThat(made.path("label").asString()).isEqualTo(label);
        assertThat(made.path("parent").asString("")).isEqualTo(state.id);
        assertThat(made.path("current").asBoolean()).isTrue();
        return new Node(id, state.counter, state.file);
    }

    private Node jump(Vm vm, Node target) {
        vm.restore(target.id, false);
        assertAt(vm, target);
        return target;
    }

    /// The file is read from the disk, not from the restored page cache.
    private void assertAt(Vm vm, Node node) {
        String seen = vm.sh("cd /srv; echo 0 > add; cat now; echo 3 > /proc/sys/vm/drop_caches; cat file");
        assertThat(seen).as("seed %s", seed).isEqualTo(node.counter + "\n" + node.file + "\n");
        assertThat(vm.get().path("checkpoint").asString()).isEqualTo(node.id);
        assertThat(vm.get().path("observed").asString()).isEqualTo("running");
    }
}
