package dev.noid.worker.guest;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Stream;
import dev.noid.worker.host.LastLine;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/// What the agent says, understood. Every number in it is a claim of the guest.
sealed interface AgentFrame {
    record HelloOk(int protocol, String bootId, long generation, boolean frozen, Set<ExecId> execs)
            implements AgentFrame {}

    record Started(long pid, long acknowledged, long granted) implements AgentFrame {}

    record Output(Stream stream, long offset, byte[] bytes) implements AgentFrame {}

    record StdinAck(long acknowledged, long granted, boolean closed) implements AgentFrame {}

    record Exited(GuestExit exit) implements AgentFrame {}

    record Signalled(int number, int errno) implements AgentFrame {}

    record Refused(ExecListener.Refusal why, String detail) implements AgentFrame {}

    /// What was asked of the session itself did not work.
    record NotDone(String detail) implements AgentFrame {}

    record Pong(long token) implements AgentFrame {}

    record Forgotten() implements AgentFrame {}

    record Quiesced() implements AgentFrame {}

    record Thawed() implements AgentFrame {}

    record ReinitOk(long wallClock, String bootId) implements AgentFrame {}

    record Log(ExecId exec, Stream stream, byte[] bytes) implements AgentFrame {}

    /// As many as an agent's table holds.
    int EXECS_MOST = 256;

    /// The refusal that no exec gets.
    int NOT_DONE = 6;

    static AgentFrame of(Frame frame) throws MalformedFrame {
        PayloadReader in = new PayloadReader(frame.payload());
        AgentFrame result =
                switch (frame.type()) {
                    case FrameType.HELLO_OK -> helloOk(in);
                    case FrameType.STARTED -> new Started(in.u32() & 0xffffffffL, in.u61(), in.u61());
                    case FrameType.OUTPUT -> new Output(stream(in.u8()), in.u61(), in.rest());
                    case FrameType.STDIN_ACK -> new StdinAck(in.u61(), in.u61(), in.u8() != 0);
                    case FrameType.EXITED -> new Exited(exit(in));
                    case FrameType.SIGNALLED -> new Signalled(in.u32(), in.u32());
                    case FrameType.REFUSED -> refused(in);
                    case FrameType.PONG -> new Pong(in.u64());
                    case FrameType.FORGOTTEN -> new Forgotten();
                    case FrameType.QUIESCED -> new Quiesced();
                    case FrameType.THAWED -> new Thawed();
                    case FrameType.REINIT_OK -> new ReinitOk(in.u64(), bootId(in));
                    case FrameType.LOG -> new Log(execId(in), stream(in.u8()), in.rest());
                    default -> throw new MalformedFrame("type");
                };
        in.end();
        return result;
    }

    private static HelloOk helloOk(PayloadReader in) throws MalformedFrame {
        int protocol = in.u16();
        String bootId = bootId(in);
        long generation = in.u61();
        boolean frozen = in.u8() != 0;
        int count = in.u32();
        if (count < 0 || count > EXECS_MOST) {
            throw new MalformedFrame("execs");
        }
        Set<ExecId> execs = new HashSet<>();
        for (int i = 0; i < count; i++) {
            addExec(execs, in.string());
            in.u8();
        }
        return new HelloOk(protocol, bootId, generation, frozen, Set.copyOf(execs));
    }

    private static String bootId(PayloadReader in) throws MalformedFrame {
        String bootId = in.string();
        // It is logged and stored as it is.
        if (bootId.isEmpty() || bootId.length() > 64 || !bootId.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new MalformedFrame("boot id");
        }
        return bootId;
    }

    private static ExecId execId(PayloadReader in) throws MalformedFrame {
        try {
            return ExecId.parse(in.string());
        } catch (IllegalArgumentException _) {
            throw new MalformedFrame("exec id");
        }
    }

    /// An id that no worker can have given is nobody's exec.
    private static void addExec(Set<ExecId> execs, String text) {
        try {
            execs.add(ExecId.parse(text));
        } catch (IllegalArgumentException _) {
            return;
        }
    }

    private static Stream stream(int number) throws MalformedFrame {
        return switch (number) {
            case 1 -> Stream.STDOUT;
            case 2 -> Stream.STDERR;
            default -> throw new MalformedFrame("stream");
        };
    }

    private static GuestExit exit(PayloadReader in) throws MalformedFrame {
        int how = in.u8();
        int code = in.u32();
        int stage = in.u8();
        GuestExit.Why why = one(GuestExit.Why.values(), in.u8());
        long stdout = in.u61();
        long stderr = in.u61();
        Duration runTime = Duration.ofNanos(in.u61());
        return switch (how) {
            case 1 -> new GuestExit.Exited(code, why, stdout, stderr, runTime);
            case 2 -> new GuestExit.Signalled(code, why, stdout, stderr, runTime);
            case 3 -> new GuestExit.NotStarted(one(GuestExit.Stage.values(), stage - 1), code);
            default -> throw new MalformedFrame("how");
        };
    }

    private static AgentFrame refused(PayloadReader in) throws MalformedFrame {
        int why = in.u8();
        String detail = LastLine.of(in.string());
        return why == NOT_DONE ? new NotDone(detail) : new Refused(one(ExecListener.Refusal.values(), why - 1), detail);
    }

    private static <T> T one(T[] values, int index) throws MalformedFrame {
        if (index < 0 || index >= values.length) {
            throw new MalformedFrame("enumeration");
        }
        return values[index];
    }
}
