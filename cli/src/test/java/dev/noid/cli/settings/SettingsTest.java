package dev.noid.cli.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @TempDir
    Path home;

    private Path work = Path.of("");
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void directories() throws IOException {
        work = Files.createDirectories(home.resolve("work/inner"));
        environment.put("XDG_CONFIG_HOME", home.resolve("config").toString());
    }

    @Test
    void without_anything_it_is_the_local_stack() {
        Server server = settings().server(null);
        assertThat(server.base()).hasToString("http://127.0.0.1:7070");
        assertThat(server.token()).isNull();
    }

    @Test
    void flag_beats_environment_beats_dot_noid_beats_configuration() throws IOException {
        config("server = \"http://config:1\"", "rw-------");
        assertThat(settings().server(null).base()).hasToString("http://config:1");
        Files.writeString(home.resolve("work/.noid"), "server = \"http://dotnoid:2\"");
        assertThat(settings().server(null).base()).hasToString("http://dotnoid:2");
        config("server = \"http://config:1\"\ntoken = \"t\"", "rw-------");
        environment.put("NOID_SERVER", "https://environment:3/");
        assertThat(settings().server(null).base()).hasToString("https://environment:3");
        assertThat(settings().server("http://flag:4").base()).hasToString("http://flag:4");
        assertThat(settings().server(null).token()).isEqualTo("t");
        environment.put("NOID_TOKEN", "other");
        assertThat(settings().server(null).token()).isEqualTo("other");
    }

    @Test
    void a_work_tree_chooses_no_server_that_gets_a_token() throws IOException {
        Path file = Files.writeString(home.resolve("work/.noid"), "server = \"http://evil:2\"");
        config("server = \"http://config:1\"\ntoken = \"t\"", "rw-------");
        assertNoTokenFor(file);
        config("token = \"t\"", "rw-------");
        assertNoTokenFor(file);
        Files.delete(Settings.configFile(environment));
        assertThat(settings().server(null).token()).isNull();
        environment.put("NOID_TOKEN", "t");
        assertNoTokenFor(file);
        environment.put("NOID_SERVER", "http://evil:2");
        assertThat(settings().server(null)).isEqualTo(new Server(URI.create("http://evil:2"), "t"));
    }

    private void assertNoTokenFor(Path file) {
        assertThatThrownBy(() -> settings().server(null)).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.exitCode()).isEqualTo(ExitCode.AUTH);
            assertThat(failure.message()).contains(file.toString()).contains("http://evil:2");
            assertThat(failure.hint())
                    .contains("export NOID_SERVER=... NOID_TOKEN=...")
                    .contains("config.toml");
        });
    }

    @Test
    void a_work_tree_may_name_the_server_the_token_is_for() throws IOException {
        config("server = \"https://noid.example:443/\"\ntoken = \"t\"", "rw-------");
        Files.writeString(home.resolve("work/.noid"), "server = \"https://Noid.Example\"");
        assertThat(settings().server(null).token()).isEqualTo("t");
        Files.writeString(home.resolve("work/.noid"), "server = \"https://noid.example/other\"");
        assertThatThrownBy(() -> settings().server(null)).isInstanceOf(Failure.class);
        Files.writeString(home.resolve("work/.noid"), "server = \"http://noid.example:443\"");
        assertThatThrownBy(() -> settings().server(null)).isInstanceOf(Failure.class);
        config("token = \"t\"", "rw-------");
        Files.writeString(home.resolve("work/.noid"), "server = \"http://127.0.0.1:7070\"");
        assertThat(settings().server(null).token()).isEqualTo("t");
    }

    @Test
    void a_dot_noid_of_another_user_is_not_read() throws IOException {
        Path file = Files.writeString(home.resolve("work/.noid"), "vm = \"web\"");
        if ((int) Files.getAttribute(file, "unix:uid") == 0) {
            Files.setAttribute(file, "unix:uid", 65534); // root's are good everywhere
        }
        int owner = (int) Files.getAttribute(file, "unix:uid");
        assertThat(DotNoid.find(work, () -> owner)).isPresent();
        assertThatThrownBy(() -> DotNoid.find(work, () -> owner + 1))
                .isInstanceOf(Failure.class)
                .hasMessageContaining(file.toString())
                .hasMessageEndingWith(
                        " belongs to another user: " + Files.getOwner(file).getName());
        Files.createFile(work.resolve(".noid")); // what the hint says
        assertThat(DotNoid.find(work).orElseThrow().vm()).isNull();
    }

    @Test
    void the_nearest_dot_noid_names_the_active_vm() throws IOException {
        Files.writeString(home.resolve(".noid"), "vm = \"far\"");
        assertThat(settings().vm(null)).isEqualTo("far");
        Files.writeString(home.resolve("work/.noid"), "vm = \"near\"");
        assertThat(settings().vm(null)).isEqualTo("near");
        environment.put("NOID_VM", "env");
        assertThat(settings().vm(null)).isEqualTo("env");
        assertThat(settings().vm("named")).isEqualTo("named");
    }

    @Test
    void no_vm_anywhere_is_said_with_the_way_out() {
        assertThatThrownBy(() -> settings().vm(null)).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
            assertThat(failure.hint()).contains("noid use");
        });
    }

    @Test
    void what_is_set_is_found_again_and_unset_removes_the_file() {
        DotNoid.in(work).withVm("web").save();
        assertThat(settings().vm(null)).isEqualTo("web");
        DotNoid.find(work).orElseThrow().withVm(null).save();
        assertThat(work.resolve(".noid")).doesNotExist();
    }

    @Test
    void unsetting_the_vm_keeps_the_server() throws IOException {
        Files.writeString(work.resolve(".noid"), "vm = \"web\"\nserver = \"http://a:1\"\n");
        DotNoid.find(work).orElseThrow().withVm(null).save();
        assertThat(work.resolve(".noid")).hasContent("server = \"http://a:1\"");
    }

    @Test
    void a_token_that_others_may_read_is_not_used() throws IOException {
        config("token = \"t\"", "rw-r-----");
        assertThatThrownBy(this::settings).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.exitCode()).isEqualTo(ExitCode.AUTH);
            assertThat(failure.hint()).startsWith("chmod 600 ");
        });
    }

    @Test
    void typos_and_broken_files_are_named() throws IOException {
        Files.writeString(work.resolve(".noid"), "vn = \"web\"");
        assertThatThrownBy(this::settings).hasMessageContaining("unknown key 'vn'");
        Files.writeString(work.resolve(".noid"), "vm = ");
        assertThatThrownBy(this::settings).isInstanceOf(Failure.class).hasMessageContaining("can't be read");
        Files.writeString(work.resolve(".noid"), "server = \"nonsense\"");
        assertThatThrownBy(() -> settings().server(null)).hasMessageContaining("is not a URL");
    }

    private Settings settings() {
        return Settings.read(environment, work);
    }

    private void config(String text, String permissions) throws IOException {
        Path file = Settings.configFile(environment);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
}
