package dev.noid.cli;

import dev.noid.cli.print.Terminal;
import java.nio.file.Path;
import java.util.Optional;

/// Entry point of the launcher `noid` for everything that is not a stack command.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Terminal terminal = Terminal.ofProcess(System.getenv());
        Cli cli = new Cli(terminal, System.getenv(), Path.of("").toAbsolutePath());
        Optional<Failure> damaged = TypedBytes.check(args);
        if (damaged.isPresent()) {
            terminal.error(damaged.get().message(), damaged.get().hint());
            System.exit(damaged.get().exitCode());
        }
        int code = ExitCode.NOID_FAILED;
        try {
            code = cli.run(args);
        } finally {
            // Also after an error of the JVM, whose own exit code 1 could be the command's.
            System.exit(code);
        }
    }
}
