package dev.noid.cli.print;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SystemErrorTest {
    @Test
    void a_full_disk_is_neither() throws IOException {
        try (FileOutputStream full = new FileOutputStream("/dev/full")) {
            IOException e = catchThrowableOfType(IOException.class, () -> full.write(1));
            assertThat(SystemError.brokenPipe(e)).isFalse();
            assertThat(SystemError.badDescriptor(e)).isFalse();
        }
    }

    @Test
    void a_descriptor_of_the_other_direction_is_a_bad_one() throws IOException {
        try (FileOutputStream nowhere = new FileOutputStream("/dev/null");
                FileInputStream in = new FileInputStream(nowhere.getFD())) {
            IOException e = catchThrowableOfType(IOException.class, in::read);
            assertThat(SystemError.badDescriptor(e)).isTrue();
            assertThat(SystemError.brokenPipe(e)).isFalse();
        }
    }
}
