package dev.noid.worker.job;

import dev.noid.worker.checkpoint.CheckpointStore;
import dev.noid.worker.store.CheckpointRow;
import dev.noid.worker.store.CheckpointRows;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes the files of checkpoints that somebody wants removed, and then says so in their rows.
public final class Removal {
    private static final Logger log = LoggerFactory.getLogger(Removal.class);

    private final CheckpointStore store;
    private final CheckpointRows rows;

    public Removal(CheckpointStore store, CheckpointRows rows) {
        this.store = store;
        this.rows = rows;
    }

    /// One that can't be removed now is tried again with the next round, and stops no other.
    public void wanted() {
        for (CheckpointRow row : rows.removing()) {
            try {
                store.remove(row.vm(), row.id());
                rows.removed(row.id());
                log.info("checkpoint removed vm={} checkpoint={}", row.vm(), row.id());
            } catch (UncheckedIOException e) {
                log.warn("checkpoint not removed, tried again checkpoint={}", row.id(), e);
            }
        }
    }

    /// Before any attempt goes on: what was half made is left over.
    public void atStart() {
        store.sweep(rows::withFiles, true);
    }

    /// What no row wants any more, as when its job was ended by somebody else.
    public void leftovers() {
        store.sweep(rows::withFiles, false);
    }
}
