package dev.noid.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.api.CapturedOutput;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.record.Stream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class CaptureTest {
    @Test
    void the_first_64_KiB_are_kept_and_more_is_said_to_be_cut() {
        Capture capture = new Capture();
        capture.line(new OutputLine.Chunk(Stream.STDOUT, 0, new byte[40_000]));
        capture.line(new OutputLine.Chunk(Stream.STDOUT, 40_000, new byte[40_000]));
        CapturedOutput output = capture.output(new ExecResult(0, null, 80_000, 0, 0, 0, 1));
        assertThat(output.stdoutBase64()).hasSize(65_536);
        assertThat(output.truncated()).isTrue();
    }

    @Test
    void invalid_UTF_8_is_replaced_in_the_text_and_exact_in_the_bytes() {
        Capture capture = new Capture();
        capture.line(new OutputLine.Chunk(Stream.STDERR, 0, new byte[] {'a', (byte) 0xff}));
        CapturedOutput output = capture.output(new ExecResult(0, null, 0, 2, 0, 0, 1));
        assertThat(output.stderr()).isEqualTo("a\ufffd");
        assertThat(output.stderrBase64()).containsExactly('a', 0xff);
        assertThat(output.truncated()).isFalse();
    }

    @Test
    void nothing_after_a_gap_is_shown_as_if_it_followed() {
        Capture capture = new Capture();
        capture.line(new OutputLine.Gap(Stream.STDOUT, 0, 5));
        capture.line(new OutputLine.Chunk(Stream.STDOUT, 5, new byte[] {'x'}));
        CapturedOutput output = capture.output(new ExecResult(0, null, 6, 0, 0, 0, 1));
        assertThat(output.stdout()).isEmpty();
        assertThat(output.truncated()).isTrue();
    }

    /// Field case 20.
    @Test
    void text_that_is_cut_is_cut_between_characters() {
        for (String character : new String[] {"é", "€", "😀"}) {
            byte[] bytes = character.getBytes(StandardCharsets.UTF_8);
            for (int before = 0; before < bytes.length; before++) {
                byte[] written = ("x".repeat(before) + character.repeat(40_000)).getBytes(StandardCharsets.UTF_8);
                Capture capture = new Capture();
                capture.line(new OutputLine.Chunk(Stream.STDOUT, 0, written));
                CapturedOutput output = capture.output(new ExecResult(0, null, written.length, 0, 0, 0, 1));
                assertThat(output.stdout()).doesNotContain("\ufffd").endsWith(character);
                assertThat(output.stdoutBase64()).hasSize(65_536);
                assertThat(output.truncated()).isTrue();
            }
        }
    }

    @Test
    void half_a_character_that_the_process_itself_ended_with_is_shown() {
        byte[] written = "x".repeat(65_535).getBytes(StandardCharsets.UTF_8);
        Capture capture = new Capture();
        capture.line(new OutputLine.Chunk(Stream.STDOUT, 0, written));
        capture.line(new OutputLine.Chunk(Stream.STDOUT, written.length, new byte[] {(byte) 0xc3}));
        assertThat(capture.output(new ExecResult(0, null, 65_536, 0, 0, 0, 1)).stdout())
                .endsWith("x\ufffd");
    }
}
