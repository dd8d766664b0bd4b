package dev.noid.schema.record;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Makes the topics that are missing and puts one acknowledged record into each of their partitions: the first produce
/// into a fresh partition may be refused while its leader settles, and an idempotent producer that goes on after that
/// leaves a hole. One record at a time in flight cannot.
public final class TopicSetup {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private TopicSetup() {}

    /// Returns the topics that were made now. Throws IllegalStateException when the broker does not answer
    /// within 30 s.
    public static List<Topic> ensure(String bootstrap, int partitions) {
        List<Topic> missing = missing(bootstrap);
        if (missing.isEmpty()) {
            return missing;
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            create(admin, missing, partitions);
            prime(bootstrap, missing, partitions);
            return missing;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while making topics", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("topics could not be made at " + bootstrap, e);
        }
    }

    /// By a consumer: whoever asks has its classes in use already, and those of the admin client cost a quarter of a
    /// second. It is made before the broker is there, and asks at once when it is.
    private static List<Topic> missing(String bootstrap) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                bootstrap,
                "client.id",
                "noid-topics",
                "enable.metrics.push",
                false,
                "metric.reporters",
                "");
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            BrokerPort.await(bootstrap, TIMEOUT);
            Set<String> present = consumer.listTopics(TIMEOUT).keySet();
            return Arrays.stream(Topic.values())
                    .filter(topic -> !present.contains(topic.topicName()))
                    .toList();
        } catch (KafkaException e) {
            throw new IllegalStateException("topics could not be listed at " + bootstrap, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the broker", e);
        }
    }

    private static void create(Admin admin, List<Topic> missing, int partitions)
            throws InterruptedException, ExecutionException, TimeoutException {
        var topics = missing.stream()
                .map(topic -> new NewTopic(
                                topic.topicName(), Optional.of(topic.partitions(partitions)), Optional.empty())
                        .configs(topic.config()))
                .collect(Collectors.toList());
        for (var created : admin.createTopics(topics).values().values()) {
            try {
                created.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                // Two processes may start at once; the other one's topic is as good.
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
    }

    private static void prime(String bootstrap, List<Topic> topics, int partitions)
            throws InterruptedException, ExecutionException, TimeoutException {
        RecordCodec codec = new RecordCodec();
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                bootstrap,
                "acks",
                "all",
                "max.in.flight.requests.per.connection",
                1,
                "linger.ms",
                0);
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (Topic topic : topics) {
                for (int partition = 0; partition < topic.partitions(partitions); partition++) {
                    sent.add(producer.send(codec.prime(topic, partition)));
                }
            }
            for (var acknowledged : sent) {
                acknowledged.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }
}
