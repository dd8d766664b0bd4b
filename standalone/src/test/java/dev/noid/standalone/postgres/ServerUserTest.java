package dev.noid.standalone.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerUserTest {
    /// Nobody has it, as when the user `postgres` is removed.
    private static final int NAMELESS = 54_321;

    @Test
    void whoOwnsTheDataRunsTheServer(@TempDir Path data) throws Exception {
        assumeTrue(isRoot(), "only root can give a directory away");
        Files.setAttribute(data, "unix:uid", NAMELESS);
        Files.setAttribute(data, "unix:gid", NAMELESS);
        ServerUser user = ServerUser.choose(data);
        assertThat(said(user, "id", "-u")).isEqualTo(Integer.toString(NAMELESS));
        assertThat(said(user, "id", "-g")).isEqualTo(Integer.toString(NAMELESS));
        Path more = Files.createDirectory(data.resolve("more"));
        user.own(more);
        assertThat(Files.getAttribute(more, "unix:uid")).isEqualTo(NAMELESS);
    }

    @Test
    void dataThatIsNotThereOrRootsIsForAnUnprivilegedUser(@TempDir Path data) throws IOException {
        assumeTrue(isRoot(), "everybody else runs the server themselves");
        assertThat(ServerUser.choose(data.resolve("none")).name().orElseThrow()).isIn("postgres", "nobody");
        assertThat(ServerUser.choose(data)).isEqualTo(ServerUser.choose(data.resolve("none")));
    }

    private static boolean isRoot() {
        return System.getProperty("user.name", "").equals("root");
    }

    private static String said(ServerUser user, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(user.run(List.of(command)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return out.strip();
    }
}
