package dev.noid.worker.host;

import dev.noid.schema.Deadline;
import dev.noid.worker.host.ffi.Blocks;
import dev.noid.worker.host.ffi.DataRanges;
import dev.noid.worker.host.ffi.Reflink;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/// Copies, sums and compares files that are mostly zeros, such as a VM's memory: holes are not read, pages of zeros
/// not written. It reads into buffers that stay in a processor's cache; to map the file instead is no faster, and a
/// VMM that cuts off its own memory file would take this process along.
///
/// Several files may hold one content together, lowest first: see [PageStack].
public final class SparseFiles {
    private final DataRanges ranges = new DataRanges();
    private final Blocks blocks = new Blocks();
    private final Reflink reflink = new Reflink();
    private final Pages pages = new Pages();

    public PageStack open(List<Path> files) throws IOException {
        return PageStack.open(files, ranges);
    }

    /// Copies the content; `to` is empty, and as long as the content afterwards.
    public void copy(Path from, FileChannel to, Deadline deadline) throws IOException {
        try (PageStack stack = open(List.of(from))) {
            new PageCopy(stack, to, false, pages, deadline).run();
        }
    }

    /// Copies, and answers with what [#sum] would say of the same content.
    public String copyAndSum(List<Path> from, FileChannel to, Deadline deadline) throws IOException {
        try (PageStack stack = open(from)) {
            return new PageCopy(stack, to, true, pages, deadline).run();
        }
    }

    /// Size and checksum (CRC-32C) of the content. Where the holes are, and in which file a page is, makes no
    /// difference.
    public String sum(List<Path> files, Deadline deadline) throws IOException {
        try (PageStack stack = open(files)) {
            return new PageCopy(stack, null, true, pages, deadline).run();
        }
    }

    /// Reads all of it once, so that it is in the host's memory.
    public void warm(PageStack stack, Deadline deadline) throws IOException {
        new PageCopy(stack, null, false, pages, deadline).run();
    }

    /// Writes what `from` has other than what lies below it, as one more file of that stack.
    public void difference(Path from, PageStack below, FileChannel to, Deadline deadline) throws IOException {
        try (PageStack stack = open(List.of(from))) {
            new PageDifference(stack, below, to, pages, deadline).run();
        }
    }

    /// Lets `to`, which is there and empty, share the blocks of `from`. False where the filesystem can't.
    public boolean share(Path from, Path to) throws IOException {
        return reflink.copy(from, to);
    }

    /// Bytes that take room on the disk.
    public long allocated(Path file) throws IOException {
        return blocks.of(file);
    }
}
