package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Stream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The codec against the same bytes that the agent's tests use.
class FrameCodecTest {
    private static final Path GOLDEN = Path.of("guest-agent/golden");

    private record Golden(String file, Frame frame) {}

    @Test
    void makesTheGoldenBytes() throws IOException {
        for (Golden golden : golden()) {
            Frame frame = golden.frame();
            assertThat(FrameCodec.encode(frame.session(), frame.channel(), frame.type(), frame.payload()))
                    .as(golden.file())
                    .isEqualTo(Files.readAllBytes(GOLDEN.resolve(golden.file())));
        }
    }

    @Test
    void readsTheGoldenBytesAsOneStream() throws IOException {
        FrameReader reader = new FrameReader();
        List<Frame> read = new ArrayList<>();
        for (Golden golden : golden()) {
            feed(reader, Files.readAllBytes(GOLDEN.resolve(golden.file())), read);
        }
        assertThat(read)
                .usingRecursiveComparison()
                .isEqualTo(golden().stream().map(Golden::frame).toList());
        assertThat(reader.skipped()).isZero();
        assertThat(reader.dropped()).isZero();
    }

    @Test
    void understandsWhatTheAgentSays() throws Exception {
        assertThat(agentFrame("started.bin")).isEqualTo(new AgentFrame.Started(4242, 0, 256 * 1024));
        assertThat(agentFrame("hello-ok.bin")).isInstanceOfSatisfying(AgentFrame.HelloOk.class, ok -> {
            assertThat(ok.bootId()).hasSize(36);
            assertThat(ok.generation()).isEqualTo(7);
            assertThat(ok.frozen()).isFalse();
            assertThat(ok.execs()).as("ids a, b and c are none of ours").isEmpty();
        });
        assertThat(agentFrame("output.bin")).isInstanceOfSatisfying(AgentFrame.Output.class, output -> {
            assertThat(output.stream()).isEqualTo(Stream.STDOUT);
            assertThat(output.offset()).isEqualTo(65536);
            assertThat(output.bytes()).asString().isEqualTo("héllo\n");
        });
        assertThat(agentFrame("stdin-ack.bin"))
                .isInstanceOfSatisfying(AgentFrame.StdinAck.class, ack -> assertThat(ack.closed())
                        .isTrue());
        assertThat(agentFrame("exited-code.bin"))
                .isEqualTo(new AgentFrame.Exited(
                        new GuestExit.Exited(7, GuestExit.Why.BY_ITSELF, 7, 4, Duration.ofNanos(1234567))));
        assertThat(agentFrame("exited-signal-timeout.bin")).isInstanceOfSatisfying(AgentFrame.Exited.class, exited -> {
            assertThat(exited.exit()).isInstanceOf(GuestExit.Signalled.class);
            assertThat(exited.exit().why()).isEqualTo(GuestExit.Why.TIMEOUT);
        });
        assertThat(agentFrame("exited-out-of-memory.bin"))
                .isEqualTo(new AgentFrame.Exited(
                        new GuestExit.Signalled(9, GuestExit.Why.OUT_OF_MEMORY, 5, 0, Duration.ofSeconds(2))));
        assertThat(agentFrame("exited-not-found.bin"))
                .isEqualTo(new AgentFrame.Exited(new GuestExit.NotStarted(GuestExit.Stage.EXEC, 2)));
        assertThat(agentFrame("signalled.bin")).isEqualTo(new AgentFrame.Signalled(15, 3));
        assertThat(agentFrame("refused.bin"))
                .isEqualTo(new AgentFrame.Refused(ExecListener.Refusal.TABLE_FULL, "256 execs"));
        assertThat(agentFrame("pong.bin")).isEqualTo(new AgentFrame.Pong(0x0123456789abcdefL));
        assertThat(agentFrame("forgotten.bin")).isEqualTo(new AgentFrame.Forgotten());
        assertThat(agentFrame("quiesced.bin")).isEqualTo(new AgentFrame.Quiesced());
        assertThat(agentFrame("thawed.bin")).isEqualTo(new AgentFrame.Thawed());
        assertThat(agentFrame("reinit-ok.bin"))
                .isEqualTo(new AgentFrame.ReinitOk(1764000000123456789L, "0c5c7f3e-5a0c-4b52-9a3b-0d8c7b1f2a11"));
        assertThat(agentFrame("refused-not-done.bin")).isEqualTo(new AgentFrame.NotDone("seed"));
        assertThat(agentFrame("log.bin")).isInstanceOfSatisfying(AgentFrame.Log.class, said -> {
            assertThat(said.exec()).isEqualTo(new ExecId("job-a", 1));
            assertThat(said.stream()).isEqualTo(Stream.STDERR);
            assertThat(said.bytes()).asString().isEqualTo("still\n");
        });
    }

    @Test
    void everyTruncatedPayloadIsMalformedAndNothingElse() throws Exception {
        for (Golden golden : golden()) {
            Frame frame = golden.frame();
            if (frame.type() < FrameType.HELLO_OK
                    || frame.type() == FrameType.OUTPUT
                    || frame.type() == FrameType.LOG) {
                continue;
            }
            for (int length = 0; length < Math.min(frame.payload().length, 200); length++) {
                byte[] cut = java.util.Arrays.copyOf(frame.payload(), length);
                assertThatThrownBy(() -> AgentFrame.of(new Frame(1, 1, frame.type(), cut)))
                        .as(golden.file() + " cut to " + length)
                        .isInstanceOf(MalformedFrame.class);
            }
        }
    }

    @Test
    void ourExecIdsAreFoundInTheTable() throws Exception {
        byte[] payload = new PayloadWriter()
                .u16(1)
                .string("boot")
                .u64(3)
                .u8(0)
                .u32(2)
                .string("job-a.1")
                .u8(2)
                .string("nonsense")
                .u8(2)
                .done();
        assertThat(AgentFrame.of(new Frame(1, 0, FrameType.HELLO_OK, payload)))
                .isEqualTo(new AgentFrame.HelloOk(1, "boot", 3, false, Set.of(new ExecId("job-a", 1))));
    }

    private static AgentFrame agentFrame(String file) throws Exception {
        for (Golden golden : golden()) {
            if (golden.file().equals(file)) {
                return AgentFrame.of(golden.frame());
            }
        }
        throw new AssertionError("no " + file);
    }

    static byte[] goldenPayload(String file) throws IOException {
        return golden().stream()
                .filter(golden -> golden.file().equals(file))
                .findFirst()
                .orElseThrow()
                .frame()
                .payload();
    }

    private static List<Golden> golden() throws IOException {
        List<Golden> frames = new ArrayList<>();
        for (String line : Files.readAllLines(GOLDEN.resolve("frames.tsv")).subList(1, lines())) {
            String[] field = line.split("\t", -1);
            frames.add(new Golden(
                    field[0],
                    new Frame(
                            Integer.parseUnsignedInt(field[2]),
                            Integer.parseUnsignedInt(field[3]),
                            Integer.parseInt(field[1], 16),
                            HexFormat.of().parseHex(field[4]))));
        }
        assertThat(frames).hasSizeGreaterThan(20);
        return frames;
    }

    private static int lines() throws IOException {
        return Files.readAllLines(GOLDEN.resolve("frames.tsv")).size();
    }

    static void feed(FrameReader reader, byte[] bytes, List<Frame> into) {
        int from = 0;
        while (from < bytes.length) {
            java.nio.ByteBuffer room = reader.room();
            int count = Math.min(room.remaining(), bytes.length - from);
            room.put(bytes, from, count);
            reader.added(count);
            from += count;
            for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                into.add(frame);
            }
        }
    }
}
