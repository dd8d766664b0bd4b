package dev.noid.worker.engine.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// An empty qcow2 file (version 3) over another file, as `qemu-img create` would make it: one is needed for each
/// checkpoint and each fork, and starting a program takes longer than all the rest of it.
///
/// @param below  name of the file below it, in the same directory
/// @param format of that file
/// @param bytes  of the disk
record EmptyLayer(String below, String format, long bytes) {
    private static final int CLUSTER = 64 * 1024;
    private static final int HEADER = 104;
    private static final int BACKING_FORMAT = 0xe2792aca;

    void write(Path file) throws IOException {
        byte[] name = below.getBytes(StandardCharsets.UTF_8);
        byte[] kind = format.getBytes(StandardCharsets.US_ASCII);
        // One entry stands for a cluster full of entries, each of which stands for a cluster.
        long perEntry = (long) CLUSTER * (CLUSTER / 8);
        int entries = Math.toIntExact((bytes + perEntry - 1) / perEntry);
        if (entries * 8 > CLUSTER) {
            throw new IOException("a disk of " + bytes + " bytes is too large");
        }
        int nameAt = HEADER + 8 + (kind.length + 7) / 8 * 8 + 8;
        ByteBuffer header = ByteBuffer.allocate(nameAt + name.length);
        header.putInt(0x514649fb).putInt(3);
        header.putLong(nameAt).putInt(name.length);
        header.putInt(16).putLong(bytes).putInt(0);
        header.putInt(entries).putLong(3L * CLUSTER); // first-level table
        header.putLong(CLUSTER).putInt(1); // reference counts' table
        header.putInt(0).putLong(0); // no snapshots
        header.putLong(0).putLong(0).putLong(0); // no features
        header.putInt(4).putInt(HEADER); // counts of 16 bits
        header.putInt(BACKING_FORMAT).putInt(kind.length).put(kind);
        header.position(nameAt).put(name).flip();
        ByteBuffer counts = ByteBuffer.allocate(8);
        for (int cluster = 0; cluster < 4; cluster++) {
            counts.putShort((short) 1);
        }
        try (FileChannel to = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            write(to, header, 0);
            write(to, ByteBuffer.allocate(8).putLong(2L * CLUSTER).flip(), CLUSTER);
            write(to, counts.flip(), 2L * CLUSTER);
            write(to, ByteBuffer.allocate(1), 4L * CLUSTER - 1);
            // Before `vm.json` names it: without its header the VM would not start after the host's power failed.
            to.force(false);
        }
    }

    private static void write(FileChannel to, ByteBuffer bytes, long at) throws IOException {
        long position = at;
        while (bytes.hasRemaining()) {
            position += to.write(bytes, position);
        }
    }
}
