package dev.noid.standalone.supervisor;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// One log file a part, each bounded: a part writes it directly, so that its lines survive the supervisor and no
/// pipe ties the two together. Past the limit it is copied to `NAME.log.1` and emptied (parts append, so they go on
/// at its start); lines written in that moment are lost.
///
/// @param limit bytes of one file; twice that is kept
public record PartLogs(Path directory, long limit) {
    /// Name of the log of a supervisor in the background.
    public static final String SUPERVISOR = "up";

    private static final int TAIL_BYTES = 64 << 10;

    public Path file(String part) {
        return directory.resolve(part + ".log");
    }

    void bound(String part) throws IOException {
        Path file = file(part);
        if (Files.exists(file) && Files.size(file) > limit) {
            try {
                Files.copy(file, directory.resolve(part + ".log.1"), StandardCopyOption.REPLACE_EXISTING);
            } finally {
                // Also when the disk is too full for the copy: then above all.
                try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
                    open.setLength(0);
                }
            }
        }
    }

    /// What the part wrote last; empty when there is nothing.
    public List<String> lastLines(String part, int count) {
        try (RandomAccessFile open = new RandomAccessFile(file(part).toFile(), "r")) {
            long from = Math.max(0, open.length() - TAIL_BYTES);
            byte[] tail = new byte[(int) (open.length() - from)];
            open.seek(from);
            open.readFully(tail);
            List<String> lines =
                    new String(tail, StandardCharsets.UTF_8).lines().toList();
            return lines.subList(Math.max(0, lines.size() - count), lines.size());
        } catch (IOException _) {
            return List.of();
        }
    }
}
