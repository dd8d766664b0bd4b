package dev.noid.bench;

import picocli.CommandLine;

/// `noid bench`, as the launcher calls it.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "dev/noid/bench/logback.xml");
        System.exit(new CommandLine(new BenchCommand(System.getenv(), System.out, System.err)).execute(args));
    }
}
