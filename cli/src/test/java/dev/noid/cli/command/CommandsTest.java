package dev.noid.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.cli.Cli;
import dev.noid.cli.Session;
import dev.noid.cli.print.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// Only what was asked for is made, and nobody can tell.
class CommandsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Terminal terminal = Terminal.of(InputStream.nullInputStream(), out, OutputStream.nullOutputStream());
    private final Session session = new Session(terminal, Map.of(), Path.of("/"), null);
    private final Cli cli = new Cli(terminal, Map.of(), Path.of("/"));

    @Test
    void the_table_has_every_name_and_alias_of_the_commands() {
        assertThat(cli.commandLine(session).getSubcommands().keySet())
                .containsExactlyInAnyOrderElementsOf(Commands.words());
    }

    @Test
    void no_word_of_another_tool_is_one_of_ours() {
        assertThat(OtherWords.all())
                .doesNotContainAnyElementsOf(Commands.words())
                .hasSizeGreaterThan(50);
    }

    @Test
    void one_command_is_made_for_its_name_or_alias_and_all_for_anything_else() {
        assertThat(made("ls")).isEqualTo(made("ps")).isEqualTo(2);
        assertThat(made("version")).isEqualTo(1);
        assertThat(made("help"))
                .isEqualTo(made("lss"))
                .isEqualTo(Commands.words().size());
    }

    @Test
    void the_root_help_and_the_help_of_a_command_are_the_same_however_they_are_asked_for() {
        String root = printed("--help");
        assertThat(root).isEqualTo(printed("help")).contains("create").contains("version");
        assertThat(printed("job", "--help")).isEqualTo(printed("help", "job")).contains("--server");
        assertThat(printed("--help", "ls")).isEqualTo(root);
    }

    private int made(String word) {
        CommandLine.IFactory factory = new CommandLine.IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                try {
                    var constructor = type.getDeclaredConstructor(Session.class);
                    constructor.setAccessible(true);
                    return constructor.newInstance(session);
                } catch (NoSuchMethodException _) {
                    return CommandLine.defaultFactory().create(type);
                }
            }
        };
        CommandLine root = new CommandLine(new Root(session), factory);
        Commands.add(root, factory, word);
        return root.getSubcommands().size();
    }

    private String printed(String... words) {
        out.reset();
        cli.run(words);
        return out.toString(StandardCharsets.UTF_8);
    }
}
