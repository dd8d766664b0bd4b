package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The launcher in the surroundings that people start it from. Its stack was started from a directory that is gone,
/// in a data directory whose name no part may take for more than a name, with a language whose capitals are not
/// English and a mask that lets others write.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class LauncherTest {
    /// Field cases 34 and 73: a letter beyond ASCII, and what some part or other reads as more than a name.
    private static final String ODD = "dät,a =:;%#$&'\"\\+[x]*?~";

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Path directory;

    private final Path data;

    private final Map<String, String> environment;

    LauncherTest() throws IOException {
        directory = Files.createTempDirectory("noid-launcher-");
        data = Files.createTempDirectory(Path.of("/var/tmp"), "noid-launcher-");
        environment = Map.of(
                "NOID_ENGINE", "stub",
                "NOID_PORT", "0",
                "XDG_CONFIG_HOME", directory.resolve("config").toString(),
                "NOID_VM", "a");
    }

    @BeforeAll
    void up() throws IOException {
        Stack.Finished up = shell("""
                chmod 711 "$DATA"; mkdir "$DATA/cwd"; cd "$DATA/cwd"
                export NOID_DATA="$DATA/$ODD" LC_ALL=tr_TR.UTF-8 JAVA_TOOL_OPTIONS=-Duser.language=tr
                umask 000
                "$NOID" up -d && rmdir "$DATA/cwd" && cd / && "$NOID" create a
                """);
        assertThat(up.exitCode()).as(up.toString()).isZero();
    }

    @AfterAll
    void down() throws IOException {
        Stack.Finished down = shell("NOID_DATA=\"$DATA/$ODD\" \"$NOID\" down");
        assertThat(down.exitCode()).as(down.toString()).isZero();
        assertThat(Processes.mentioning(data.toString())).isEmpty();
        shell("rm -rf -- \"$DATA\"");
        Processes.deleteRecursively(directory);
    }

    /// A script in a file, as this JVM's own locale may not be able to write its bytes.
    private Stack.Finished shell(String script) throws IOException {
        Path file = directory.resolve("script.sh");
        Files.writeString(
                file,
                "ODD='" + ODD.replace("'", "'\\''") + "'; DATA='" + data + "'; NOID='" + Dist.launcher() + "'\n"
                        + script);
        return Processes.run(List.of("bash", file.toString()), environment, new byte[0], LIMIT);
    }

    @Test
    void whatTheOddStackKeepsIsNobodyElsesToWrite() throws IOException {
        Stack.Finished open = shell("find \"$DATA/$ODD\" ! -type l ! -type p ! -type s -perm /022 | head -5");
        assertThat(open.out()).isEmpty();
    }

    @Test
    void aPartThatDiesStartsAgainThoughItsFirstDirectoryIsGone() throws IOException {
        Stack.Finished again = shell("""
                export NOID_DATA="$DATA/$ODD"
                was=$("$NOID" status -o json | tr -d ' \n' | sed 's/.*"name":"worker",[^}]*"pid":\\([0-9]*\\).*/\\1/')
                kill -KILL "$was" && "$NOID" exec a -n -- echo again
                """);
        assertThat(again.out()).as(again.toString()).isEqualTo("again\n");
    }

    /// Field case 36: the command got a file of this machine as its input.
    @ParameterizedTest
    @ValueSource(strings = {"<&-", ">&-", "2>&-", "<&- >&- 2>&-"})
    void aClosedDescriptorIsAnEmptyOne(String closed) throws IOException {
        Stack.Finished read = shell("\"$NOID\" exec a -- sh -c 'head -c 4; echo said; echo err >&2; exit 7' " + closed
                + "; echo \"code $?\"");
        assertThat(read.out())
                .isEqualTo((closed.contains(" >&-") || closed.startsWith(">&-") ? "" : "said\n") + "code 7\n");
        assertThat(read.err()).isEqualTo(closed.contains("2>&-") ? "" : "err\n");
    }

    /// Field case 31.
    @ParameterizedTest
    @ValueSource(strings = {"LC_ALL=C", "LC_ALL=POSIX", "LC_ALL=C.UTF-8", "LC_ALL=", "LC_ALL=xx_XX"})
    void textIsTheBytesThatWereTyped(String locale) throws IOException {
        Stack.Finished bytes = shell(locale + " \"$NOID\" exec a -n -- printf %s 'é→😀' | od -An -tx1");
        assertThat(bytes.out()).isEqualTo(" c3 a9 e2 86 92 f0 9f 98 80\n");
    }

    @Test
    void bytesThatAreNoTextAreRefusedAndNotReplaced() throws IOException {
        Stack.Finished refused = shell("\"$NOID\" exec a -n -- printf %s $'caf\\xe9'");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err()).contains("argument 7", "not valid UTF-8", "caf\\xe9");
        Stack.Finished variable = shell("ODD=$'caf\\xe9' \"$NOID\" exec a -n -e ODD -- env");
        assertThat(variable.exitCode()).as(variable.toString()).isNotZero();
        assertThat(variable.err()).contains("the value of ODD is not valid UTF-8");
        assertThat(shell("\"$NOID\" exec a -n -- printf %s '\ufffd' | od -An -tx1")
                        .out())
                .isEqualTo(" ef bf bd\n");
    }

    /// Field case 82: Java's own exit code 1 may have been the command's.
    @Test
    void aDirectoryThatIsGoneIsSaidSo() throws IOException {
        Stack.Finished gone = shell("""
                mkdir "$DATA/gone"; cd "$DATA/gone"; rmdir "$DATA/gone"
                "$NOID" exec a -n -- true
                """);
        assertThat(gone.exitCode()).isEqualTo(125);
        assertThat(gone.err())
                .contains("error: the current directory is not there any more")
                .doesNotContain("at java");
    }

    /// Field case 81.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "CDPATH=.:",
                "POSIXLY_CORRECT=1",
                "SHELLOPTS=noglob:noclobber",
                "BASH_ENV=/dev/stdin",
                "'BASH_FUNC_cd%%=() { echo odd; }'",
                "GLOBIGNORE='*'",
                "GREP_OPTIONS=--color=always",
                "IFS=o",
                "MAVEN_OPTS=-Xmx1g",
                "JAVA_TOOL_OPTIONS=-Dnoid=odd",
                "_JAVA_OPTIONS=-Xmx512m",
                "JDK_JAVA_OPTIONS=-Xint",
                "-u HOME"
            })
    void theShellsSurroundingsChangeNothing(String surroundings) throws IOException {
        Stack.Finished version = shell("cd \"${NOID%/*}/..\"; tree=${NOID%/*}; env " + surroundings
                + " \"${tree##*/}/noid\" exec a -n -- echo 'a  b'");
        assertThat(version).isEqualTo(new Stack.Finished(0, "a  b\n", ""));
    }

    @Test
    void aDataDirectoryThatNoPartCouldNameIsRefused() throws IOException {
        Stack.Finished refused = shell("NOID_DATA=$'/var/tmp/noid-a\\nb' \"$NOID\" up -d");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("NOID_DATA", "\\n").doesNotContain("Exception");
    }
}
