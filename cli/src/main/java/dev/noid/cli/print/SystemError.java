package dev.noid.cli.print;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;

/// Errors of the system, told apart by what they say: Java keeps no number. The words are of the user's
/// language, so that they are compared with those of an error made for it.
public final class SystemError {
    @FunctionalInterface
    private interface Sample {
        void fail() throws IOException;
    }

    private SystemError() {}

    /// Whoever read what is written went away.
    public static boolean brokenPipe(IOException e) {
        return says(e, "Broken pipe", () -> {
            Pipe pipe = Pipe.open();
            pipe.source().close();
            try (Pipe.SinkChannel sink = pipe.sink()) {
                sink.write(ByteBuffer.allocate(1));
            }
        });
    }

    /// A descriptor that is closed, or was opened for the other direction only, as nohup does with stdin.
    public static boolean badDescriptor(IOException e) {
        return says(e, "Bad file descriptor", () -> {
            try (FileInputStream in = new FileInputStream("/dev/null");
                    FileOutputStream out = new FileOutputStream(in.getFD())) {
                out.write(0);
            }
        });
    }

    /// An error's own words; its type when it has none.
    public static String why(IOException e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private static boolean says(IOException e, String english, Sample sample) {
        String message = why(e);
        if (message.equals(english)) {
            return true;
        }
        try {
            sample.fail();
            return false;
        } catch (IOException same) {
            return message.equals(same.getMessage());
        }
    }
}
