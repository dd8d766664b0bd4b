package dev.noid.bench.bare;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32;

/// Frames over a channel, read and written by whoever asks: no thread, no queue, nothing that a frame waits for.
final class AgentWire implements AutoCloseable {
    private static final int MAGIC = 0x4e4f4944;
    private static final int HEADER = 28;
    private static final int CHECKED_HEADER = 20;
    private static final int PAYLOAD_MAX = 65536;
    private static final int PREAMBLE = HEADER + PAYLOAD_MAX;

    private final SocketChannel channel;
    private final ReentrantLock writing = new ReentrantLock();
    private final ByteBuffer in = ByteBuffer.allocate(4 * PREAMBLE).flip();

    AgentWire(SocketChannel channel) {
        this.channel = channel;
    }

    record Frame(int session, int channel, int type, ByteBuffer payload) {}

    /// Completes whatever half frame somebody else's session left.
    void writePreamble() throws IOException {
        byte[] filler = new byte[PREAMBLE];
        java.util.Arrays.fill(filler, (byte) 0xff);
        write(ByteBuffer.wrap(filler));
    }

    void write(int session, int number, int type, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(HEADER + payload.length);
        frame.putInt(MAGIC).putInt(payload.length).putInt(session).putInt(number);
        frame.put((byte) type).put(new byte[3]);
        frame.putInt(crc(frame.array(), 0, CHECKED_HEADER)).putInt(crc(payload, 0, payload.length));
        write(frame.put(payload).flip());
    }

    private void write(ByteBuffer bytes) throws IOException {
        writing.lock();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } finally {
            writing.unlock();
        }
    }

    /// The next frame; its payload is a view that the next call invalidates.
    Frame read() throws IOException {
        while (true) {
            need(HEADER);
            int at = in.position();
            int length = in.getInt(at + 4);
            if (in.getInt(at) != MAGIC
                    || length < 0
                    || length > PAYLOAD_MAX
                    || in.getInt(at + CHECKED_HEADER) != crc(in.array(), at, CHECKED_HEADER)) {
                in.position(at + 1);
                continue;
            }
            need(HEADER + length);
            at = in.position();
            in.position(at + HEADER + length);
            if (in.getInt(at + 24) != crc(in.array(), at + HEADER, length)) {
                throw new IOException("a damaged frame");
            }
            return new Frame(
                    in.getInt(at + 8), in.getInt(at + 12), in.get(at + 16) & 0xff, in.slice(at + HEADER, length));
        }
    }

    private void need(int count) throws IOException {
        while (in.remaining() < count) {
            in.compact();
            int got = channel.read(in);
            in.flip();
            if (got < 0) {
                throw new EOFException("the agent's channel has ended");
            }
        }
    }

    private static int crc(byte[] bytes, int from, int count) {
        CRC32 crc = new CRC32();
        crc.update(bytes, from, count);
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
