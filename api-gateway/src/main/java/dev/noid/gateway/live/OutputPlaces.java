package dev.noid.gateway.live;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Where in Kafka readers of an exec's output have been, so that one that comes again begins near its offset and
/// not at the attempt's first record: that costs 19 s per GB. Only a help: what is forgotten is read again.
public final class OutputPlaces {
    private static final int EXECS_MOST = 256;
    private static final int PLACES_MOST = 64;
    static final long STEP_BYTES = 4 << 20;

    /// By last use, the eldest first.
    private final LinkedHashMap<ExecId, List<Place>> byExec = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ExecId, List<Place>> eldest) {
            return size() > EXECS_MOST;
        }
    };

    /// No byte from these offsets on comes before this Kafka offset.
    ///
    /// @param ack the latest grant of stdin before it; null when there was none
    record Place(long offset, long stdout, long stderr, Output.@Nullable InputAck ack) {}

    /// The last place from which nothing wanted is missed; `first` when none is known.
    synchronized Place before(ExecId exec, long stdoutFrom, long stderrFrom, Place first) {
        return byExec.getOrDefault(exec, List.of()).stream()
                .filter(place -> place.stdout() <= stdoutFrom && place.stderr() <= stderrFrom)
                .reduce((_, later) -> later)
                .filter(place -> place.offset() > first.offset())
                .orElse(first);
    }

    synchronized void add(ExecId exec, Place place) {
        List<Place> places = byExec.computeIfAbsent(exec, _ -> new ArrayList<>());
        if (!places.isEmpty() && place.offset() <= places.getLast().offset()) {
            return;
        }
        places.add(place);
        if (places.size() > PLACES_MOST) {
            // Every other one goes, the newest stays.
            for (int i = places.size() - 2; i >= 0; i -= 2) {
                places.remove(i);
            }
        }
    }

    /// The cursor, its places noted as it goes on.
    ///
    /// @param from where it begins
    OutputCursor noted(ExecId exec, Place from, OutputCursor cursor) {
        return new Noted(exec, from, cursor);
    }

    private final class Noted implements OutputCursor {
        private final ExecId exec;
        private final OutputCursor cursor;
        private Place last;
        private long stdout;
        private long stderr;
        private Output.@Nullable InputAck ack;

        Noted(ExecId exec, Place from, OutputCursor cursor) {
            this.exec = exec;
            this.cursor = cursor;
            this.last = from;
            this.stdout = from.stdout();
            this.stderr = from.stderr();
            this.ack = from.ack();
        }

        @Override
        public List<Output> poll(ExecId wanted, Duration span) throws InterruptedException {
            List<Output> found = cursor.poll(wanted, span);
            // Another attempt's offsets begin at 0 again.
            if (wanted.equals(exec)) {
                found.forEach(this::passed);
                if (stdout - last.stdout() + stderr - last.stderr() >= STEP_BYTES) {
                    last = new Place(cursor.position(), stdout, stderr, ack);
                    add(exec, last);
                }
            }
            return found;
        }

        @Override
        public long position() {
            return cursor.position();
        }

        @Override
        public OptionalLong end() throws InterruptedException {
            return cursor.end();
        }

        @Override
        public void wakeup() {
            cursor.wakeup();
        }

        @Override
        public void close() {
            cursor.close();
        }

        private void passed(Output output) {
            switch (output) {
                case Output.Chunk chunk -> reached(chunk.stream(), chunk.offset() + chunk.bytes().length);
                case Output.Gap gap -> reached(gap.stream(), gap.to());
                case Output.InputAck newer -> ack = latest(ack, newer);
            }
        }

        private void reached(Stream stream, long end) {
            switch (stream) {
                case STDOUT -> stdout = Math.max(stdout, end);
                case STDERR -> stderr = Math.max(stderr, end);
            }
        }

        private static Output.InputAck latest(Output.@Nullable InputAck before, Output.InputAck newer) {
            return before == null
                    ? newer
                    : new Output.InputAck(
                            newer.exec(),
                            Math.max(before.acknowledged(), newer.acknowledged()),
                            Math.max(before.granted(), newer.granted()),
                            before.closed() || newer.closed());
        }
    }
}
