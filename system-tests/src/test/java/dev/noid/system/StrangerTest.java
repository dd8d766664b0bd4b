package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A local user who has nothing to do with Noid goes through all that a stack of root's has on its host: nothing of
/// it is for him to list, read, write, lock or learn a secret from (attacks I1, I2, H3).
@Timeout(180)
class StrangerTest {
    /// nobody, and no group of anybody's.
    private static final List<String> STRANGER =
            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "bash");

    /// Each name that is read: what he may do with it, if anything. Bash asks the kernel for him.
    private static final String PATHS = """
            while IFS= read -r path; do
                may=
                if [[ -d $path ]]; then
                    [[ ! -r $path ]] || may+=list
                    (: > "$path/noid-stranger") 2> /dev/null && may+=make && rm -f "$path/noid-stranger"
                else
                    [[ ! -r $path ]] || may+=read
                    [[ ! -w $path ]] || may+=write
                    (exec 3< "$path" && flock -n -s 3) 2> /dev/null && may+=lock
                fi
                [[ -z $may ]] || echo "$may $path"
            done
            """;

    /// Of each process: what is more than its name and its arguments.
    private static final String PROCESSES = """
            while IFS= read -r pid; do
                for what in environ mem maps auxv stack; do
                    (head -c 1 "/proc/$pid/$what" > /dev/null) 2> /dev/null && echo "read /proc/$pid/$what"
                done
                ls "/proc/$pid/fd" > /dev/null 2>&1 && echo "list /proc/$pid/fd"
                readlink "/proc/$pid/cwd" > /dev/null 2>&1 && echo "follow /proc/$pid/cwd"
                kill -0 "$pid" 2> /dev/null && echo "signal $pid"
            done
            """;

    @Test
    void findsNothingToListReadWriteLockOrLearn() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can become somebody else");
        try (Stack stack = Stack.up("qemu", Vm.NO_POOL)) {
            Vm vm = Vm.create(stack, "mine", 128);
            assertThat(vm.sh("echo secret > /srv/file; cat /srv/file")).isEqualTo("secret\n");
            String checkpoint = vm.checkpoint("before");
            assertThat(checkpoint).isNotEmpty();

            List<Path> all = all(stack);
            assertThat(all).hasSizeGreaterThan(60);
            assertThat(stranger(PATHS, all)).as("of the stack's files").isEmpty();
            assertThat(stranger("ls \"$(cat)\" 2> /dev/null || :", List.of(stack.data())))
                    .as("a list of the data directory")
                    .isEmpty();

            List<Long> pids = pids(stack, vm);
            assertThat(pids).hasSizeGreaterThan(5);
            assertThat(stranger(PROCESSES, pids)).as("of its processes").isEmpty();
            String arguments = stranger("while read -r p; do tr '\\0' ' ' < /proc/$p/cmdline; done", pids);
            assertThat(arguments).contains("GatewayMain", "qemu-system");
            for (String secret : secrets(stack)) {
                assertThat(arguments).doesNotContain(secret);
            }
        }
    }

    /// Everything below the data directory, the command line's configuration, and the memory of VMs.
    private static List<Path> all(Stack stack) throws IOException {
        List<Path> all = new ArrayList<>();
        Path memory = Path.of(
                Files.readString(stack.data().resolve("memory-directory")).strip());
        for (Path root : List.of(stack.data(), stack.directory().resolve("config/noid"), memory)) {
            assertThat(root).exists();
            try (Stream<Path> files = Files.walk(root)) {
                files.filter(file -> !Files.isSymbolicLink(file)).forEach(all::add);
            }
        }
        return all;
    }

    private static List<Long> pids(Stack stack, Vm vm) {
        List<Long> pids = new ArrayList<>(List.of(vm.get().path("pid").asLong()));
        Processes.mentioning(stack.data().toString())
                .forEach(process -> pids.add(Long.valueOf(process.substring(0, process.indexOf(' ')))));
        return pids;
    }

    private static List<String> secrets(Stack stack) throws IOException {
        List<String> secrets = new ArrayList<>();
        try (Stream<Path> files = Files.list(stack.data().resolve("secrets"))) {
            for (Path file : files.filter(it -> Files.isRegularFile(it, LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                secrets.add(Files.readString(file).strip());
            }
        }
        assertThat(secrets).hasSizeGreaterThan(3).allMatch(secret -> secret.length() > 10);
        return secrets;
    }

    private static String stranger(String script, List<?> lines) {
        List<String> command = new ArrayList<>(STRANGER);
        command.addAll(List.of("-c", script));
        String input = String.join("\n", lines.stream().map(String::valueOf).toList()) + "\n";
        Stack.Finished went =
                Processes.run(command, Map.of(), input.getBytes(StandardCharsets.UTF_8), Duration.ofSeconds(60));
        assertThat(went.err()).isEmpty();
        return went.out();
    }
}
