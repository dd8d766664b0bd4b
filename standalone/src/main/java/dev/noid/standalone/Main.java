package dev.noid.standalone;

import dev.noid.standalone.command.Commands;

/// `noid up`, `noid down`, `noid status`.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        // Gateway and worker bring files of their own under the usual name.
        System.setProperty("logback.configurationFile", "dev/noid/standalone/logback.xml");
        System.exit(Commands.run(args));
    }
}
