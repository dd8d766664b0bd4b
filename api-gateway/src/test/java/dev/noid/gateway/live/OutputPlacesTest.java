package dev.noid.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.live.OutputPlaces.Place;
import dev.noid.schema.ExecId;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// Where a reader that comes again begins.
final class OutputPlacesTest {
    private static final ExecId EXEC = new ExecId("job-1", 1);
    private static final Place FIRST = new Place(10, 0, 0, null);
    private static final int MIB = 1 << 20;

    private final OutputPlaces places = new OutputPlaces();

    @Test
    void a_reader_that_comes_again_begins_near_its_offset_and_misses_nothing() throws Exception {
        read(FIRST, 100);
        Place near = places.before(EXEC, 50L * MIB + 5, 0, FIRST);
        assertThat(near.stdout()).isBetween(46L * MIB, 50L * MIB + 5);
        assertThat(near.offset()).isEqualTo(10 + near.stdout() / MIB);
        assertThat(places.before(EXEC, 0, 0, FIRST)).isEqualTo(FIRST);
        assertThat(places.before(new ExecId("job-1", 2), 50L * MIB, 0, FIRST)).isEqualTo(FIRST);
    }

    @Test
    void it_hears_the_latest_grant_of_stdin_from_before_its_place() throws Exception {
        Records records = new Records(FIRST.offset());
        OutputCursor cursor = places.noted(EXEC, FIRST, records);
        records.acks = List.of(new Output.InputAck(EXEC, 5, 100, false), new Output.InputAck(EXEC, 3, 80, true));
        for (int i = 0; i < 5; i++) {
            cursor.poll(EXEC, Duration.ZERO);
        }
        assertThat(places.before(EXEC, 5L * MIB, 0, FIRST).ack()).isEqualTo(new Output.InputAck(EXEC, 5, 100, true));
    }

    @Test
    void both_streams_count() throws Exception {
        read(FIRST, 20);
        // Of stderr nothing came, so every place is before its first byte.
        assertThat(places.before(EXEC, 20L * MIB, 0, FIRST).offset()).isGreaterThan(20);
        assertThat(places.before(EXEC, 0, 20L * MIB, FIRST)).isEqualTo(FIRST);
    }

    @Test
    void what_is_remembered_is_bounded_and_the_newest_place_stays() throws Exception {
        read(FIRST, 10_000);
        Place last = places.before(EXEC, Long.MAX_VALUE, Long.MAX_VALUE, FIRST);
        assertThat(last.stdout()).isGreaterThan(9_990L * MIB);
        for (int i = 0; i < 1_000; i++) {
            places.add(new ExecId("job-x" + i, 1), new Place(20, MIB, 0, null));
        }
        assertThat(places.before(EXEC, Long.MAX_VALUE, Long.MAX_VALUE, FIRST)).isEqualTo(FIRST);
    }

    /// One record of 1 MiB an offset.
    private void read(Place from, int mebibytes) throws InterruptedException {
        OutputCursor cursor = places.noted(EXEC, from, new Records(from.offset()));
        for (int i = 0; i < mebibytes; i++) {
            cursor.poll(EXEC, Duration.ZERO);
        }
    }

    private static Output out(long offset, int length) {
        return new Output.Chunk(EXEC, Stream.STDOUT, offset, new byte[length]);
    }

    private static final class Records implements OutputCursor {
        private final long first;
        private long position;
        private List<Output> acks = List.of();

        Records(long first) {
            this.first = first;
            this.position = first;
        }

        @Override
        public List<Output> poll(ExecId exec, Duration span) {
            List<Output> found = new ArrayList<>(acks);
            acks = List.of();
            found.add(out((position++ - first) * MIB, MIB));
            return found;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public OptionalLong end() {
            return OptionalLong.empty();
        }

        @Override
        public void wakeup() {}

        @Override
        public void close() {}
    }
}
