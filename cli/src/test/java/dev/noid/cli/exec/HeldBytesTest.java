package dev.noid.cli.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeldBytesTest {
    @Test
    void whatever_is_added_and_dropped_the_bytes_between_are_right() {
        Random random = new Random(1);
        byte[] all = new byte[4 << 20];
        random.nextBytes(all);
        HeldBytes held = new HeldBytes(300_000);
        while (held.end() < all.length) {
            int count = (int) Math.min(all.length - held.end(), random.nextInt(Math.min(held.room(), 50_000) + 1));
            held.add(Arrays.copyOfRange(all, (int) held.end(), (int) held.end() + count), count);
            int from = (int) held.start() + random.nextInt((int) (held.end() - held.start()) + 1);
            int length = random.nextInt((int) held.end() - from + 1);
            assertThat(held.copy(from, length)).isEqualTo(Arrays.copyOfRange(all, from, from + length));
            held.dropTo(held.start() + random.nextInt((int) (held.end() - held.start()) + 1));
        }
    }

    @Test
    void it_holds_no_more_than_its_bound() {
        HeldBytes held = new HeldBytes(10);
        held.add(new byte[10], 10);
        assertThatThrownBy(() -> held.add(new byte[1], 1)).isInstanceOf(IllegalArgumentException.class);
        held.dropTo(4);
        held.dropTo(2); // an older acknowledgement
        assertThat(held.start()).isEqualTo(4);
        assertThat(held.room()).isEqualTo(4);
    }
}
