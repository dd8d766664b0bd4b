package dev.noid.cli.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.schema.job.ExecResult;
import dev.noid.schema.record.Stream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OutputCursorTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final OutputCursor cursor = new OutputCursor(out, err);

    @Test
    void every_byte_is_written_once_to_its_stream() throws OutputCursor.BrokenPipe {
        assertThat(accept(Stream.STDOUT, 0, "abc")).isTrue();
        assertThat(accept(Stream.STDERR, 0, "x")).isTrue();
        assertThat(accept(Stream.STDOUT, 0, "abc")).isTrue(); // twice
        assertThat(accept(Stream.STDOUT, 1, "bcdef")).isTrue(); // overlapping
        assertThat(out).hasToString("abcdef");
        assertThat(err).hasToString("x");
    }

    @Test
    void bytes_beyond_a_hole_are_refused() throws OutputCursor.BrokenPipe {
        assertThat(accept(Stream.STDOUT, 3, "def")).isFalse();
        assertThat(out.size()).isZero();
    }

    @Test
    void a_marked_gap_is_counted_and_passed() throws OutputCursor.BrokenPipe {
        accept(Stream.STDOUT, 0, "ab");
        cursor.gap(Stream.STDOUT, 5);
        cursor.gap(Stream.STDOUT, 4); // said again after a reconnect
        assertThat(accept(Stream.STDOUT, 5, "f")).isTrue();
        assertThat(cursor.missing()).isEqualTo(3);
        assertThat(cursor.complete(new ExecResult(0, null, 6, 0, 0, 0, 1))).isTrue();
        assertThat(cursor.complete(new ExecResult(0, null, 6, 1, 0, 0, 1))).isFalse();
    }

    @Test
    void a_reader_that_left_is_told_apart() {
        OutputCursor broken = new OutputCursor(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("Broken pipe");
                    }
                },
                err);
        assertThatThrownBy(() -> broken.accept(Stream.STDOUT, 0, ByteBuffer.wrap(new byte[1])))
                .isInstanceOf(OutputCursor.BrokenPipe.class);
    }

    private boolean accept(Stream stream, long offset, String text) throws OutputCursor.BrokenPipe {
        return cursor.accept(stream, offset, ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
