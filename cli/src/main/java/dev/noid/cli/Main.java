package dev.noid.cli;

import dev.noid.cli.print.Terminal;
import java.nio.file.Path;

/// Entry point of the launcher `noid` for everything that is not a stack command.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Cli cli = new Cli(
                Terminal.ofProcess(System.getenv()),
                System.getenv(),
                Path.of("").toAbsolutePath());
        System.exit(cli.run(args));
    }
}
