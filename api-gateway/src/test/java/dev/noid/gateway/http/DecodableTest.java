package dev.noid.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DecodableTest {
    /// Attack G1 and its kind.
    @Test
    void what_is_no_percent_encoded_UTF_8_is_told() {
        for (String bad : List.of(
                "/vms/%u0041",
                "/%",
                "/%4",
                "/%zz",
                "/%c0%af",
                "/%e0%80%af",
                "/%ff",
                "/%ed%a0%80",
                "/%C3",
                "/%00",
                "/%-1",
                "/%+1",
                "/%\u0661\u0661")) {
            assertThat(Decodable.decodable(bad)).as(bad).isFalse();
        }
    }

    @Test
    void whatever_was_encoded_properly_passes() {
        assertThat(Decodable.decodable(null)).isTrue();
        for (String good : List.of("", "/vms/web", "a=é", "😀", "a b+c%", "\u0001")) {
            assertThat(Decodable.decodable(URLEncoder.encode(good, StandardCharsets.UTF_8)))
                    .as(good)
                    .isTrue();
        }
        assertThat(Decodable.decodable("é€")).isTrue();
    }
}
