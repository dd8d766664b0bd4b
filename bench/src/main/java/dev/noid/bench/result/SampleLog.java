package dev.noid.bench.result;

import dev.noid.schema.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// Every single measurement, one JSON object a line.
public final class SampleLog implements AutoCloseable {
    private final JsonMapper json = Json.records();
    private final Writer out;

    private SampleLog(Writer out) {
        this.out = out;
    }

    public static SampleLog none() {
        return new SampleLog(Writer.nullWriter());
    }

    public static SampleLog to(Path file) throws IOException {
        return new SampleLog(new BufferedWriter(Files.newBufferedWriter(file)));
    }

    /// A sequence of measurements of one thing.
    public Series series(String figure, String side, Unit unit) {
        return new Series(this, figure, side, unit);
    }

    synchronized void write(Series series, int index, double value) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("figure", series.figure());
        line.put("side", series.side());
        line.put("n", index);
        line.put("value", Math.round(value * 1000) / 1000.0);
        line.put("unit", series.unit().sign());
        try {
            out.write(json.writeValueAsString(line));
            out.write('\n');
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
