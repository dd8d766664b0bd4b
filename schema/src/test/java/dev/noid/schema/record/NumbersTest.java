package dev.noid.schema.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.job.JobSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Attack G5: whatever number a record has, it is read or unreadable, and what was read is a place in a stream.
class NumbersTest {
    private static final int ROUNDS = 2_000;
    private static final List<String> EDGES = List.of(
            "0",
            "-0",
            "-1",
            "1",
            "2147483647",
            "2147483648",
            "-2147483649",
            "4294967296",
            "9007199254740992",
            "9007199254740993",
            "1152921504606846976",
            "4611686018427387904",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "18446744073709551616",
            "1e3",
            "1E400",
            "1.5",
            "0x10",
            "",
            " 7",
            "٣",
            "NaN",
            "null",
            "true",
            "\"5\"",
            "[]",
            "999999999999999999999999999999999999");

    private final RecordCodec codec = new RecordCodec();

    private static String number(Random random) {
        return random.nextInt(5) == 0 ? Long.toString(random.nextLong()) : EDGES.get(random.nextInt(EDGES.size()));
    }

    private static Headers headers(String type, Random random) {
        RecordHeaders headers = new RecordHeaders();
        put(headers, "noid-version", "1");
        put(headers, "noid-type", type);
        put(headers, "noid-job", "job-1");
        put(headers, "noid-host", "host-1");
        put(headers, "noid-exec", random.nextInt(4) == 0 ? "job-1." + number(random) : "job-1.1");
        put(headers, "noid-stream", "stdout");
        put(headers, "noid-offset", number(random));
        put(headers, "noid-eof", "true");
        return headers;
    }

    private static void put(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] json(String form, Random random) {
        String text = form;
        while (text.contains("#")) {
            text = text.replaceFirst("#", number(random).replace("$", ""));
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 20261201})
    void aRecordWithAnyNumbersIsReadOrUnreadable(long seed) {
        Random random = new Random(seed);
        int read = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String what = "seed " + seed + " round " + round;
            if (codec.input(headers("input", random), new byte[random.nextInt(4)])
                    instanceof Decoded.Value<Input>(Input input)) {
                place(what, input.offset());
                assertThat(input.offset() + input.bytes().length).as(what).isNotNegative();
                read++;
            }
            read += output(what, codec.output(headers("chunk", random), new byte[random.nextInt(4)]));
            String gap = "{\"exec\":\"job-1.1\",\"stream\":\"stdout\",\"from\":#,\"to\":#}";
            read += output(what, codec.output(headers("gap", random), json(gap, random)));
            String ack = "{\"exec\":\"job-1.1\",\"acknowledged\":#,\"granted\":#,\"closed\":false}";
            read += output(what, codec.output(headers("input_ack", random), json(ack, random)));
            commands(random);
        }
        assertThat(read).isGreaterThan(ROUNDS / 4);
    }

    private static int output(String what, Decoded<Output> decoded) {
        if (!(decoded instanceof Decoded.Value<Output>(Output output))) {
            return 0;
        }
        switch (output) {
            case Output.Chunk chunk -> {
                place(what, chunk.offset());
                assertThat(chunk.offset() + chunk.bytes().length).as(what).isNotNegative();
            }
            case Output.Gap gap -> {
                place(what, gap.from());
                place(what, gap.to());
            }
            case Output.InputAck ack -> {
                place(what, ack.acknowledged());
                place(what, ack.granted());
            }
        }
        return 1;
    }

    private void commands(Random random) {
        String exec =
                "{\"type\":\"start_attempt\",\"host\":\"h\",\"job\":\"job-1\",\"attempt\":#,\"tenant\":\"t\",\"vm\":\"v\","
                        + "\"generation\":#,\"partition\":#,\"spec\":{\"kind\":\"exec\",\"argv\":[\"a\"],\"env\":{},"
                        + "\"stdinOpen\":false,\"timeoutMillis\":#,\"graceMillis\":#,\"outputLimitBytes\":#,\"idempotent\":false}}";
        String signal =
                "{\"type\":\"signal_exec\",\"host\":\"h\",\"job\":\"job-1\",\"attempt\":#,\"vm\":\"v\",\"signal\":\"s\",\"number\":#}";
        Decoded<Command> started = codec.command(headers("start_attempt", random), json(exec, random));
        if (started instanceof Decoded.Value<Command>(Command.StartAttempt start)) {
            assertThat(start.generation()).isNotNegative();
            assertThat(start.partition()).isNotNegative();
            JobSpec.Exec spec = (JobSpec.Exec) start.spec();
            assertThat(Duration.ofMillis(spec.timeoutMillis()).toNanos()).isNotNegative();
            assertThat(spec.graceMillis()).isNotNegative();
            assertThat(spec.outputLimitBytes()).isNotNegative();
        }
        Decoded<Command> signalled = codec.command(headers("signal_exec", random), json(signal, random));
        if (signalled instanceof Decoded.Value<Command>(Command.SignalExec it)) {
            assertThat(it.number()).isBetween(1, 64);
        }
    }

    private static void place(String what, long number) {
        assertThat(number).as(what).isBetween(0L, Long.MAX_VALUE - (1L << 32));
    }
}
