package dev.noid.standalone.broker;

import dev.noid.standalone.process.AtomicFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/// The broker's log directory and the version of Kafka that wrote it. An older Kafka can't read a newer one's files,
/// and finds out only in the middle of them: so the version is written down beside them and compared first.
record BrokerData(Path directory, String version) {
    private static final String VERSION_FILE = "noid-kafka-version";

    /// Why this directory must not be opened by this version; empty when it may.
    Optional<String> refusal() throws IOException {
        Path file = directory.resolve(VERSION_FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String written = Files.readString(file).strip();
        if (Arrays.compare(numbers(written), numbers(version)) <= 0) {
            return Optional.empty();
        }
        return Optional.of("the broker's data in " + directory + " was written by Kafka " + written + ", this is "
                + version + ": start it with the newer Noid that wrote it");
    }

    /// Formats an empty directory; an existing one only gets its version raised.
    void prepare() throws Exception {
        Files.createDirectories(directory);
        if (!Files.exists(directory.resolve("meta.properties"))) {
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setClusterId(Uuid.randomUuid().toString())
                    .setNodeId(BrokerSettings.NODE_ID)
                    .addDirectory(directory.toString())
                    .setMetadataLogDirectory(directory.toString())
                    .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setControllerListenerName(BrokerSettings.CONTROLLER_LISTENER)
                    .setIgnoreFormatted(true)
                    .run();
        }
        AtomicFile.write(directory.resolve(VERSION_FILE), version + "\n", "rw-r--r--");
    }

    private static int[] numbers(String version) {
        int[] numbers = new int[3];
        String[] parts = version.split("[^0-9]+", -1);
        IntStream.range(0, Math.min(numbers.length, parts.length))
                .filter(i -> !parts[i].isEmpty())
                .forEach(i -> numbers[i] = Integer.parseInt(parts[i]));
        return numbers;
    }
}
