package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Forks of one checkpoint are nobody's twins: a process that ran at the checkpoint sees, from its first step
/// after the thaw, randomness, time and names of its own. That these checks find a missing reinit is shown in
/// [CloneHygieneMechanismTest].
class CloneHygieneTest {
    private static final int FORKS = 10;
    private static final int ROUNDS = 400;
    private static final double CLOCK_RIGHT_WITHIN = 0.050;

    /// One line after the other, without a new process for any value. The time is read first: a line with a time from
    /// after the thaw holds nothing that was read before it.
    private static final String PRINTER = """
            cd /srv
            mkdir -p /etc/ssh; for key in rsa ed25519; do echo of the source > /etc/ssh/ssh_host_${key}_key; done
            [ -s /etc/machine-id ] || tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
            (while :; do
               t=$EPOCHREALTIME
               read -r random < /proc/sys/kernel/random/uuid
               read -r host < /proc/sys/kernel/hostname
               read -r boot < /proc/sys/kernel/random/boot_id
               read -r machine < /etc/machine-id
               echo "$t $random $host $boot $machine"
               sleep 0.05
             done > lines) > /dev/null 2>&1 &
            """;

    private static Stack stack;

    @BeforeAll
    static void up() {
        stack = Stack.up("qemu");
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    private record Line(double time, String random, String host, String boot, String machine) {
        static Line of(String text) {
            String[] words = text.split(" ", -1);
            assertThat(words).as(text).hasSize(5);
            return new Line(Double.parseDouble(words[0]), words[1], words[2], words[3], words[4]);
        }
    }

    /// The first VM of a shape boots, and its template is made of it; the others are made of that.
    @Test
    void the_vm_that_a_template_was_made_of_shares_nothing_with_those_that_come_from_it() throws Exception {
        List<String> own = new ArrayList<>();
        for (String name : List.of("made-of", "comes-from", "too")) {
            Vm vm = Vm.create(stack, name, 136);
            String said = vm.sh("cat /proc/sys/kernel/random/uuid /proc/sys/kernel/random/boot_id /etc/machine-id"
                    + " /proc/sys/kernel/hostname");
            assertThat(said.lines()).hasSize(4).endsWith(name);
            own.addAll(said.lines().toList());
        }
        assertThat(own).doesNotHaveDuplicates();
    }

    @Test
    void the_first_line_after_the_thaw_is_each_forks_own() throws Exception {
        Vm source = Vm.create(stack, "source", 128);
        source.sh(PRINTER);
        await().atMost(Duration.ofSeconds(20)).until(() -> lines(source).size() > 3);
        String checkpoint = source.checkpoint(null);
        double checkpointed = now();
        // A process that went on with the checkpoint's clock would print times of these two seconds.
        await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        double asked = now();
        List<Vm> forks = source.fork(checkpoint, FORKS, "fork");

        List<Line> first = new ArrayList<>();
        for (Vm fork : forks) {
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> !after(asked, lines(fork)).isEmpty());
            List<Line> lines = lines(fork);
            assertThat(lines)
                    .as("%s prints no time between checkpoint and fork", fork.name())
                    .noneMatch(line -> line.time > checkpointed && line.time < asked - CLOCK_RIGHT_WITHIN);
            Line own = after(asked - CLOCK_RIGHT_WITHIN, lines).getFirst();
            assertThat(own.time).isLessThan(now());
            assertThat(own.host).isEqualTo(fork.name());
            first.add(own);
            assertThat(fork.sh("cat /etc/ssh/ssh_host_*_key 2>/dev/null || true"))
                    .doesNotContain("of the source");
        }
        first.add(lines(source).getLast());
        assertDiffer(first, Line::random);
        assertDiffer(first, Line::boot);
        assertDiffer(first, Line::machine);
        // The others would only make the measurement coarse.
        forks.subList(1, FORKS - 1).forEach(fork -> fork.destroy(false));
        for (Vm vm : List.of(source, forks.getFirst(), forks.getLast())) {
            Offset offset = offset(vm);
            assertThat(offset.least).as(offset.toString()).isGreaterThan(-CLOCK_RIGHT_WITHIN);
            assertThat(offset.most).as(offset.toString()).isLessThan(CLOCK_RIGHT_WITHIN);
        }
    }

    private static void assertDiffer(List<Line> lines, Function<Line, String> what) {
        assertThat(lines.stream().map(what)).doesNotContain("").doesNotHaveDuplicates();
    }

    private static List<Line> lines(Vm vm) {
        String text = vm.sh("cat /srv/lines");
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(Line::of)
                .toList();
    }

    private static List<Line> after(double time, List<Line> lines) {
        return lines.stream().filter(line -> line.time > time).toList();
    }

    private static double now() {
        Instant now = Instant.now();
        return now.getEpochSecond() + now.getNano() / 1e9;
    }

    /// What the guest's clock is ahead of the host's, at least and at most, in seconds.
    private record Offset(double least, double most) {}

    /// A running program stamps each line as it reads it. The stamp lies between our sending and our hearing of it, so
    /// each round bounds the offset from both sides; the tightest bounds of all rounds hold. A busy machine needs
    /// more rounds until they say enough.
    private static Offset offset(Vm vm) throws IOException, InterruptedException {
        Process stamps =
                stack.cli().start("exec", vm.name(), "--", "sh", "-c", "while read -r x; do echo $EPOCHREALTIME; done");
        double least = Double.NEGATIVE_INFINITY;
        double most = Double.POSITIVE_INFINITY;
        try (var in = stamps.getOutputStream();
                var out = new BufferedReader(stamps.inputReader(StandardCharsets.UTF_8))) {
            for (int round = 0;
                    round < ROUNDS && !(least > -CLOCK_RIGHT_WITHIN && most < CLOCK_RIGHT_WITHIN);
                    round++) {
                double sent = now();
                in.write("x\n".getBytes(StandardCharsets.UTF_8));
                in.flush();
                String stamp = out.readLine();
                double heard = now();
                assertThat(stamp).isNotNull();
                double guest = Double.parseDouble(stamp);
                least = Math.max(least, guest - heard);
                most = Math.min(most, guest - sent);
            }
        }
        assertThat(stamps.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Offset(least, most);
    }
}
