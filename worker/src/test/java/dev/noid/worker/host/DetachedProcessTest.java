package dev.noid.worker.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.worker.host.ffi.Flock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class DetachedProcessTest {
    @TempDir
    Path home;

    private final Flock flock = new Flock();

    @BeforeEach
    void makeRunDirectory() throws IOException {
        Files.createDirectory(home.resolve("run-1"));
    }

    @AfterEach
    void killAll() throws IOException {
        if (Files.exists(traces().lock())) {
            new LockHolder(traces().lock()).all().forEach(ProcessHandle::destroyForcibly);
        }
    }

    private DetachedProcess.Traces traces() {
        return new DetachedProcess.Traces(home.resolve("lock"), home.resolve("log"), home.resolve("pid"));
    }

    private DetachedProcess start(String... command) throws IOException {
        return DetachedProcess.start(traces(), home.resolve("run-1"), List.of(), List.of(command), flock);
    }

    private DetachedProcess adopted() throws IOException {
        DetachedProcess.Adoption adoption = DetachedProcess.adopt(traces(), home, flock);
        assertThat(adoption).isInstanceOf(DetachedProcess.Adoption.Found.class);
        return ((DetachedProcess.Adoption.Found) adoption).process();
    }

    @Test
    void holdsItsLockForLifeInASessionOfItsOwn() throws IOException {
        assertThat(flock.held(traces().lock())).isFalse();
        DetachedProcess process = start("sleep", "60");
        await().until(() -> flock.held(traces().lock()));
        String[] stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"))
                .split(" ", -1);
        assertThat(stat[5]).as("session").isEqualTo(Long.toString(process.pid()));
        assertThat(stat[18]).as("nice").isEqualTo("10");
        process.kill();
        await().until(() -> !process.alive());
        assertThat(flock.held(traces().lock())).isFalse();
        assertThat(process.exitCode()).hasValue(137);
    }

    @Test
    void getsNothingOfTheWorkersEnvironment() throws IOException {
        DetachedProcess process = start("env");
        await().until(() -> !process.alive());
        assertThat(Files.readAllLines(traces().log()))
                .allMatch(line -> line.matches("(PATH|LC_ALL|PWD|SHLVL|_|OLDPWD)=.*"));
    }

    @Test
    void aSecondOneInTheSameHomeGivesUpAtOnce() throws IOException {
        DetachedProcess first = start("sleep", "60");
        await().until(() -> flock.held(traces().lock()));
        DetachedProcess second = start("sleep", "60");
        await().until(() -> !second.alive());
        assertThat(second.exitCode()).hasValue(DetachedProcess.LOCKED);
        assertThat(first.alive()).isTrue();
    }

    @Test
    void isFoundByItsLockWhateverThePidFileSays() throws IOException {
        DetachedProcess process = start("sleep", "60");
        await().until(() -> flock.held(traces().lock()));
        assertThat(adopted().pid()).isEqualTo(process.pid());
        Files.writeString(traces().pid(), Long.toString(ProcessHandle.current().pid()));
        assertThat(adopted().pid()).as("a number that was given to another").isEqualTo(process.pid());
        Files.writeString(traces().pid(), "garbage");
        assertThat(adopted().pid()).isEqualTo(process.pid());
        Files.delete(traces().pid());
        DetachedProcess found = adopted();
        assertThat(found.alive()).isTrue();
        process.kill();
        await().until(() -> !found.alive());
        assertThat(DetachedProcess.adopt(traces(), home, flock)).isInstanceOf(DetachedProcess.Adoption.Free.class);
    }

    @Test
    void itsLogIsCutWhenItGrows() throws IOException {
        DetachedProcess process =
                start("sh", "-c", "head -c 400000 /dev/zero | tr '\\0' x; echo; sleep 1; echo last words");
        await().until(() -> Files.size(traces().log()) > 400_000);
        process.trimLog();
        assertThat(Files.size(traces().log())).isLessThan(1000);
        await().until(() -> process.lastMessage().equals("last words"));
        assertThat(Files.size(traces().log())).isLessThan(1000);
    }
}
