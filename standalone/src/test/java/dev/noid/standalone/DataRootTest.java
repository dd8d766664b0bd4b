package dev.noid.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What others on this machine may see of a stack's files, and where it listens.
class DataRootTest {
    @Test
    void recordsAndLogsAreTheOwnersAlone(@TempDir Path directory) throws IOException {
        DataRoot root = DataRoot.create(directory.resolve("data"));
        for (Path secret : Set.of(root.broker(), root.logs())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
                    .as(secret.toString())
                    .isEqualTo("rwx------");
        }
        // PostgreSQL's user has to pass through.
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.path())))
                .endsWith("x");
    }

    @Test
    void aSupervisorThatIsOnlyBeginningIsSeen(@TempDir Path directory) throws IOException {
        DataRoot root = DataRoot.create(directory.resolve("data"));
        assertThat(Stack.supervised(root)).isFalse();
        try (SupervisorLock lock = SupervisorLock.take(root.lockFile()).orElseThrow()) {
            assertThat(lock.channel().isOpen()).isTrue();
            assertThat(Stack.supervised(root)).isTrue();
        }
        assertThat(Stack.supervised(root)).isFalse();
    }

    @Test
    void portsDiffer() {
        for (int i = 0; i < 50; i++) {
            StackPorts ports = StackPorts.choose(Optional.empty(), 0);
            assertThat(Set.of(ports.gateway(), ports.broker(), ports.controller(), ports.postgres()))
                    .hasSize(4);
        }
    }
}
