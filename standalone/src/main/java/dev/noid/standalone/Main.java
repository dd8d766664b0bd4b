package dev.noid.standalone;

import dev.noid.schema.config.LogConfig;
import dev.noid.standalone.command.Commands;

/// `noid up`, `noid down`, `noid status`.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        LogConfig.use("dev/noid/standalone/logback.xml");
        System.exit(Commands.run(args));
    }
}
