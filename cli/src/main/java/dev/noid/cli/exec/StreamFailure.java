package dev.noid.cli.exec;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.cli.print.SystemError;
import java.io.IOException;

/// One of this process's own streams can't be used, so that the remote command can't have it either.
final class StreamFailure extends Failure {
    private static final long serialVersionUID = 1L;

    private StreamFailure(String message) {
        super(ExitCode.FAILED, message, null);
    }

    static StreamFailure unread(IOException why) {
        return new StreamFailure("stdin can't be read: " + SystemError.why(why));
    }

    /// @param stream `stdout` or `stderr`
    static StreamFailure unwritten(String stream, IOException why) {
        return new StreamFailure(stream + " can't be written: " + SystemError.why(why));
    }
}
