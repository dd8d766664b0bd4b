package dev.noid.standalone.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.Deadline;
import dev.noid.schema.record.Topic;
import dev.noid.standalone.process.Ports;
import dev.noid.standalone.process.ProcessId;
import dev.noid.standalone.supervisor.Part;
import dev.noid.standalone.supervisor.ReadyLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The broker of `noid up`, as the process that it is.
class BrokerTest {
    private static final Duration START = Duration.ofMinutes(1);

    private final Path directory;
    private final int port = Ports.freeOne(0);
    private final int controllerPort = Ports.freeOne(0);
    private final List<Process> started = new ArrayList<>();

    BrokerTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void theTopicsAreThereWhenItSaysThatItIsReady() throws Exception {
        assertReady(start());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
            var names = Arrays.stream(Topic.values()).map(Topic::topicName).toList();
            var topics = admin.describeTopics(names).allTopicNames().get(10, TimeUnit.SECONDS);
            for (Topic topic : Topic.values()) {
                assertThat(Objects.requireNonNull(topics.get(topic.topicName())).partitions())
                        .hasSize(topic.partitions(8));
            }
        }
    }

    @Test
    void whatWasAcknowledgedSurvivesAKill() throws Exception {
        Process first = start();
        assertReady(first);
        produce("kept");
        first.destroyForcibly().waitFor();
        assertReady(start());
        assertThat(lastValue()).isEqualTo("kept");
    }

    /// Attack E1.
    @Test
    void itAnswersItsWatcherUnlessItStandsStill() throws Exception {
        BrokerAnswer answer = new BrokerAnswer(port);
        assertThat(answer.within(Duration.ofSeconds(1))).isFalse();
        Process broker = start();
        assertReady(broker);
        assertThat(answer.within(Duration.ofSeconds(10))).isTrue();
        ProcessId.of(broker.pid()).orElseThrow().signal("STOP");
        assertThat(answer.within(Duration.ofMillis(300))).isFalse();
    }

    @Test
    void dataOfANewerKafkaIsRefusedAndLeftAlone() throws Exception {
        Path data = Files.createDirectories(directory.resolve("data"));
        Files.writeString(data.resolve("noid-kafka-version"), "99.1.0\n");
        Process process = start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(78);
        assertThat(Files.readString(directory.resolve("log")))
                .contains("99.1.0")
                .contains("newer Noid");
        try (var files = Files.list(data)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void aSecondBrokerOnTheSameDataEndsAndTheFirstGoesOn() throws Exception {
        Process first = start();
        assertReady(first);
        Process second = start(Ports.freeOne(0), Ports.freeOne(0));
        assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(1);
        assertThat(Files.readString(directory.resolve("log"))).contains("Failed to acquire lock");
        assertThat(first.isAlive()).isTrue();
        produce("still here");
    }

    private Process start() throws IOException {
        return start(port, controllerPort);
    }

    private Process start(int clients, int controller) throws IOException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BrokerMain.class.getName(),
                        directory.resolve("data").toString(),
                        Integer.toString(clients),
                        Integer.toString(controller),
                        "8")
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
        started.add(process);
        return process;
    }

    private void assertReady(Process process) throws Exception {
        assertThat(new ReadyLine().await(process, Deadline.after(START)))
                .as(Files.readString(directory.resolve("log")))
                .isEqualTo(new Part.Answer.Ready());
    }

    private void produce(String value) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap(), "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            Topic.EVENTS.topicName(), 0, new byte[0], value.getBytes(StandardCharsets.UTF_8)))
                    .get(20, TimeUnit.SECONDS);
        }
    }

    private String lastValue() {
        TopicPartition partition = new TopicPartition(Topic.EVENTS.topicName(), 0);
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", bootstrap()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            consumer.seek(partition, end - 1);
            for (Deadline deadline = Deadline.after(Duration.ofSeconds(20)); !deadline.passed(); ) {
                for (var found : consumer.poll(Duration.ofMillis(100))) {
                    return new String(found.value(), StandardCharsets.UTF_8);
                }
            }
            return "nothing";
        }
    }

    private String bootstrap() {
        return "127.0.0.1:" + port;
    }
}
