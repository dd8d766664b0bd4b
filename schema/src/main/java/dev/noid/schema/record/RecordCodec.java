package dev.noid.schema.record;

import dev.noid.schema.ExecId;
import dev.noid.schema.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Between values and records. Commands and events are JSON with version and type in headers; output and input are raw
/// bytes with their address in headers. Within a version fields are only added, and unknown ones ignored; a record of
/// another version is unreadable, never guessed at.
public final class RecordCodec {
    public static final String VERSION = "1";
    static final String HEADER_VERSION = "noid-version";
    static final String HEADER_TYPE = "noid-type";
    /// In every command's header, so that a value that can't be parsed still tells which job to fail.
    static final String HEADER_JOB = "noid-job";
    static final String HEADER_HOST = "noid-host";
    static final String HEADER_EXEC = "noid-exec";
    static final String HEADER_STREAM = "noid-stream";
    static final String HEADER_OFFSET = "noid-offset";
    static final String HEADER_EOF = "noid-eof";
    static final String TYPE_PRIME = "prime";
    private static final byte[] EMPTY = {};

    private final JsonMapper json = Json.records();

    public ProducerRecord<byte[], byte[]> encode(Command command, int partition) {
        var record = record(Topic.COMMANDS, partition, command.type(), json.writeValueAsBytes(command));
        put(record.headers(), HEADER_JOB, command.job());
        put(record.headers(), HEADER_HOST, command.host());
        return record;
    }

    public ProducerRecord<byte[], byte[]> encode(Event event, int partition) {
        return record(Topic.EVENTS, partition, event.type(), json.writeValueAsBytes(event));
    }

    public ProducerRecord<byte[], byte[]> encode(Output output, int partition) {
        var record =
                switch (output) {
                    case Output.Chunk chunk -> {
                        var chunked = record(Topic.OUTPUT, partition, "chunk", chunk.bytes());
                        put(chunked.headers(), HEADER_STREAM, chunk.stream().toString());
                        put(chunked.headers(), HEADER_OFFSET, Long.toString(chunk.offset()));
                        yield chunked;
                    }
                    case Output.Gap gap -> record(Topic.OUTPUT, partition, "gap", json.writeValueAsBytes(gap));
                    case Output.InputAck ack ->
                        record(Topic.OUTPUT, partition, "input_ack", json.writeValueAsBytes(ack));
                };
        put(record.headers(), HEADER_EXEC, output.exec().toString());
        return record;
    }

    public ProducerRecord<byte[], byte[]> encode(Input input, int partition) {
        var record = record(Topic.INPUT, partition, "input", input.bytes());
        put(record.headers(), HEADER_HOST, input.host());
        put(record.headers(), HEADER_EXEC, input.exec().toString());
        put(record.headers(), HEADER_OFFSET, Long.toString(input.offset()));
        put(record.headers(), HEADER_EOF, Boolean.toString(input.eof()));
        return record;
    }

    /// The record that breaks in a fresh partition: readers skip it.
    public ProducerRecord<byte[], byte[]> prime(Topic topic, int partition) {
        return record(topic, partition, TYPE_PRIME, EMPTY);
    }

    public Decoded<Command> command(Headers headers, byte @Nullable [] value) {
        return decode(headers, value, Command.class);
    }

    public Decoded<Event> event(Headers headers, byte @Nullable [] value) {
        return decode(headers, value, Event.class);
    }

    public Decoded<Output> output(Headers headers, byte @Nullable [] value) {
        if (!VERSION.equals(get(headers, HEADER_VERSION).orElse(null))) {
            return new Decoded.Unreadable<>("version is not " + VERSION, null);
        }
        byte[] bytes = value == null ? EMPTY : value;
        try {
            return switch (get(headers, HEADER_TYPE).orElse("")) {
                case "chunk" ->
                    new Decoded.Value<>(new Output.Chunk(
                            ExecId.parse(require(headers, HEADER_EXEC)),
                            streamOf(require(headers, HEADER_STREAM)),
                            Long.parseLong(require(headers, HEADER_OFFSET)),
                            bytes));
                case "gap" -> new Decoded.Value<>(json.readValue(bytes, Output.Gap.class));
                case "input_ack" -> new Decoded.Value<>(json.readValue(bytes, Output.InputAck.class));
                default -> new Decoded.Skip<>();
            };
        } catch (IllegalArgumentException | JacksonException e) {
            return new Decoded.Unreadable<>(oneLine(e), null);
        }
    }

    public Decoded<Input> input(Headers headers, byte @Nullable [] value) {
        if (!VERSION.equals(get(headers, HEADER_VERSION).orElse(null))) {
            return new Decoded.Unreadable<>("version is not " + VERSION, null);
        }
        if (!"input".equals(get(headers, HEADER_TYPE).orElse(""))) {
            return new Decoded.Skip<>();
        }
        try {
            return new Decoded.Value<>(new Input(
                    require(headers, HEADER_HOST),
                    ExecId.parse(require(headers, HEADER_EXEC)),
                    Long.parseLong(require(headers, HEADER_OFFSET)),
                    value == null ? EMPTY : value,
                    Boolean.parseBoolean(require(headers, HEADER_EOF))));
        } catch (IllegalArgumentException e) {
            return new Decoded.Unreadable<>(oneLine(e), null);
        }
    }

    /// Which exec an output record belongs to, without decoding it: readers of one exec skip the others cheaply.
    public boolean belongsTo(Headers headers, ExecId exec) {
        return get(headers, HEADER_EXEC).filter(exec.toString()::equals).isPresent();
    }

    /// Which exec an output record belongs to, without decoding it; empty when it is of none.
    public Optional<ExecId> exec(Headers headers) {
        try {
            return get(headers, HEADER_EXEC).map(ExecId::parse);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private <T> Decoded<T> decode(Headers headers, byte @Nullable [] value, Class<T> type) {
        String job = get(headers, HEADER_JOB).orElse(null);
        String version = get(headers, HEADER_VERSION).orElse("none");
        if (!VERSION.equals(version)) {
            return new Decoded.Unreadable<>("version " + version + " is not " + VERSION, job);
        }
        if (TYPE_PRIME.equals(get(headers, HEADER_TYPE).orElse(""))) {
            return new Decoded.Skip<>();
        }
        if (value == null || value.length == 0) {
            return new Decoded.Unreadable<>("empty value", job);
        }
        try {
            return new Decoded.Value<>(json.readValue(value, type));
        } catch (JacksonException e) {
            return new Decoded.Unreadable<>(oneLine(e), job == null ? jobIn(value) : job);
        }
    }

    private @Nullable String jobIn(byte[] value) {
        try {
            JsonNode job = json.readTree(value).path("job");
            return job.isString() ? job.stringValue() : null;
        } catch (JacksonException notEvenJson) {
            return null;
        }
    }

    private static Stream streamOf(String name) {
        for (Stream stream : Stream.values()) {
            if (stream.toString().equals(name)) {
                return stream;
            }
        }
        throw new IllegalArgumentException("no stream " + name);
    }

    private static ProducerRecord<byte[], byte[]> record(Topic topic, int partition, String type, byte[] value) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic.topicName(), partition, null, value);
        put(record.headers(), HEADER_VERSION, VERSION);
        put(record.headers(), HEADER_TYPE, type);
        return record;
    }

    private static void put(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> get(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null
                ? Optional.empty()
                : Optional.of(StandardCharsets.UTF_8
                        .decode(ByteBuffer.wrap(header.value()))
                        .toString());
    }

    private static String require(Headers headers, String name) {
        return get(headers, name).orElseThrow(() -> new IllegalArgumentException("header " + name + " is missing"));
    }

    private static String oneLine(RuntimeException e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }
}
