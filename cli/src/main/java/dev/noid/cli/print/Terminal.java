package dev.noid.cli.print;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The three streams of this process, and whether a person sits at them. stdout is data, stderr is everything else.
public final class Terminal {
    private final InputStream in;
    private final OutputStream out;
    private final OutputStream err;
    private final boolean inIsTerminal;
    private final boolean outIsTerminal;
    private final boolean errIsTerminal;
    private final boolean colour;
    private final Watched watched;
    private final PrintWriter outWriter;
    private final PrintWriter errWriter;

    private Terminal(
            InputStream in, OutputStream out, OutputStream err, boolean[] terminals, Map<String, String> environment) {
        this.in = in;
        this.out = out;
        this.err = err;
        this.inIsTerminal = terminals[0];
        this.outIsTerminal = terminals[1];
        this.errIsTerminal = terminals[2];
        this.colour = environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.getOrDefault("TERM", "dumb"));
        this.watched = new Watched(out);
        this.outWriter = new PrintWriter(watched, true, StandardCharsets.UTF_8);
        this.errWriter = new PrintWriter(err, true, StandardCharsets.UTF_8);
    }

    /// Unbuffered on purpose: what a remote process writes is seen when it is written.
    public static Terminal ofProcess(Map<String, String> environment) {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                new boolean[] {isTerminal(0), isTerminal(1), isTerminal(2)},
                environment);
    }

    /// For tests and for training: no terminal anywhere.
    public static Terminal of(InputStream in, OutputStream out, OutputStream err) {
        return new Terminal(in, out, err, new boolean[3], Map.of());
    }

    /// As if a person sat at stdout and stderr.
    public static Terminal interactive(OutputStream out, OutputStream err, Map<String, String> environment) {
        return new Terminal(InputStream.nullInputStream(), out, err, new boolean[] {true, true, true}, environment);
    }

    // System.console() answers for stdin and stdout together only.
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    public InputStream in() {
        return in;
    }

    public OutputStream out() {
        return out;
    }

    public OutputStream err() {
        return err;
    }

    public PrintWriter outWriter() {
        return outWriter;
    }

    public PrintWriter errWriter() {
        return errWriter;
    }

    public boolean inIsTerminal() {
        return inIsTerminal;
    }

    public boolean outIsTerminal() {
        return outIsTerminal;
    }

    public boolean errIsTerminal() {
        return errIsTerminal;
    }

    public boolean outColour() {
        return colour && outIsTerminal;
    }

    /// Why not all of [#outWriter] reached stdout; null when it did.
    public @Nullable IOException outProblem() {
        outWriter.flush();
        return watched.problem;
    }

    public void line(String text) {
        outWriter.println(text);
    }

    /// For people only; never part of the data.
    public void note(String text) {
        errWriter.println("note: " + Escapes.visible(text));
    }

    public void error(String message, @Nullable String hint) {
        errWriter.println(bold("31", "error:") + " " + Escapes.visible(message));
        if (hint != null && !hint.isBlank()) {
            errWriter.println(bold("36", "hint:") + " " + Escapes.visible(hint));
        }
    }

    /// Keeps what a `PrintWriter` does not tell.
    private static final class Watched extends FilterOutputStream {
        private @Nullable IOException problem;

        Watched(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                problem = problem == null ? e : problem;
                throw e;
            }
        }
    }

    private String bold(String number, String text) {
        return colour && errIsTerminal ? "\u001b[1;" + number + "m" + text + "\u001b[0m" : text;
    }
}
