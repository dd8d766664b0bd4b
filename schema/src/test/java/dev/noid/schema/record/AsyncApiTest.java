package dev.noid.schema.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AsyncApiTest {
    @Test
    void names_every_topic_and_every_type_of_record() throws IOException {
        String text;
        try (InputStream in = AsyncApiTest.class.getResourceAsStream("/asyncapi.yaml")) {
            text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
        for (Topic topic : Topic.values()) {
            assertThat(text).contains("address: " + topic.topicName() + "\n");
        }
        for (Class<?> kind : new Class<?>[] {Command.class, Event.class}) {
            JsonSubTypes types = Objects.requireNonNull(kind.getAnnotation(JsonSubTypes.class));
            Arrays.stream(types.value()).forEach(type -> assertThat(text).contains("      " + type.name() + ": "));
        }
    }
}
