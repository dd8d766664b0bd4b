package dev.noid.worker.guest;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An exec as the agent is asked for it: one frame, or as many parts as it takes.
///
/// @param payload of EXEC
/// @param strings of argv and environment together
record ExecRequest(byte[] payload, int strings) {
    /// What an agent puts together; a request that the API takes is below it.
    static final int MOST = 512 << 10;

    private static final int STRINGS_MOST = 8_192;
    /// Of an agent that takes no parts.
    private static final int STRINGS_FIRST = 4_096;

    private static final int STDIN_FOLLOWS = 1;
    private static final int PART_HEADER = 8;
    private static final int PART_MOST = FrameCodec.PAYLOAD_MAX - PART_HEADER;

    static ExecRequest of(ExecId id, JobSpec.Exec spec, boolean pipe) {
        List<String> env = new ArrayList<>();
        spec.env().forEach((name, value) -> env.add(name + "=" + value));
        byte[] payload = new PayloadWriter()
                .u64(spec.timeoutMillis())
                .u32(spec.graceMillis())
                .u8(pipe ? STDIN_FOLLOWS : 0)
                .string(id.toString())
                .strings(spec.argv())
                .strings(env)
                .string(spec.cwd() == null ? "" : spec.cwd())
                .string(spec.user() == null ? "" : spec.user())
                .done();
        return new ExecRequest(payload, spec.argv().size() + env.size());
    }

    /// Why an agent that speaks this protocol can't take it; empty when it can.
    Optional<String> problem(int protocol) {
        if (payload.length > MOST || strings > STRINGS_MOST) {
            return Optional.of("argv, environment, cwd and user together exceed 512 KiB or 8,192 strings");
        }
        boolean first = payload.length <= FrameCodec.PAYLOAD_MAX && strings <= STRINGS_FIRST;
        return first || protocol >= Hello.PARTS
                ? Optional.empty()
                : Optional.of("argv, environment, cwd and user together exceed 64 KiB or 4,096 strings, and this VM was"
                        + " made with an earlier version of Noid, whose guest agent takes no more; a VM made now does");
    }

    byte[] frames(int session, int channel) {
        if (payload.length <= FrameCodec.PAYLOAD_MAX) {
            return FrameCodec.encode(session, channel, FrameType.EXEC, payload);
        }
        ByteArrayOutputStream frames = new ByteArrayOutputStream(payload.length + 1024);
        for (int at = 0; at < payload.length; at += PART_MOST) {
            int count = Math.min(PART_MOST, payload.length - at);
            byte[] part = new PayloadWriter()
                    .u32(payload.length)
                    .u32(at)
                    .bytes(payload, at, count)
                    .done();
            frames.writeBytes(FrameCodec.encode(session, channel, FrameType.EXEC_PART, part));
        }
        return frames.toByteArray();
    }
}
