package dev.noid.cli.exec;

import dev.noid.cli.print.SystemError;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.record.Stream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/// Writes every byte of two streams once, whatever is sent twice, and knows where to go on after a broken connection.
/// Safe between threads: a connection given up may still be writing its last piece when the next one begins.
public final class OutputCursor {
    private static final int PIECE = 64 * 1024;

    private final OutputStream out;
    private final OutputStream err;
    private final byte[] piece = new byte[PIECE];
    private long outNext;
    private long errNext;
    private long missing;

    public OutputCursor(OutputStream out, OutputStream err) {
        this.out = out;
        this.err = err;
    }

    /// The offset of the first byte not yet written.
    public synchronized long next(Stream stream) {
        return switch (stream) {
            case STDOUT -> outNext;
            case STDERR -> errNext;
        };
    }

    /// Writes what is new of `bytes`, or throws a [StreamFailure]; false when bytes before them were never
    /// seen.
    public synchronized boolean accept(Stream stream, long offset, ByteBuffer bytes) throws BrokenPipe {
        long next = next(stream);
        if (offset > next) {
            return false;
        }
        long end = offset + bytes.remaining();
        if (end <= next) {
            return true;
        }
        bytes.position(bytes.position() + (int) (next - offset));
        while (bytes.hasRemaining()) {
            int length = Math.min(piece.length, bytes.remaining());
            bytes.get(piece, 0, length);
            write(stream, length);
            advance(stream, next(stream) + length);
        }
        return true;
    }

    private void write(Stream stream, int length) throws BrokenPipe {
        try {
            switch (stream) {
                case STDOUT -> out.write(piece, 0, length);
                case STDERR -> err.write(piece, 0, length);
            }
        } catch (IOException e) {
            if (SystemError.brokenPipe(e)) {
                throw new BrokenPipe(e);
            }
            throw StreamFailure.unwritten(stream.toString(), e);
        }
    }

    private void advance(Stream stream, long to) {
        switch (stream) {
            case STDOUT -> outNext = to;
            case STDERR -> errNext = to;
        }
    }

    /// These bytes can't be had any more; what is after them can.
    public synchronized void gap(Stream stream, long to) {
        long next = next(stream);
        if (to > next) {
            missing += to - next;
            advance(stream, to);
        }
    }

    /// Bytes that were written by the process and will never be seen.
    public synchronized long missing() {
        return missing;
    }

    public synchronized boolean empty() {
        return outNext == 0 && errNext == 0;
    }

    /// Everything the process wrote has been seen, or said to be missing.
    public synchronized boolean complete(ExecResult result) {
        return outNext >= result.stdoutBytes() && errNext >= result.stderrBytes();
    }

    /// Whoever read our output went away.
    public static final class BrokenPipe extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenPipe(IOException cause) {
            super(cause);
        }
    }
}
