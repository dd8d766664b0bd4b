package dev.noid.bench.figure;

import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.SampleLog;
import dev.noid.bench.result.Samples;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.CpuTimes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a job costs each part in processor time: unlike a rate, it says the same on a machine that is busy otherwise.
final class CpuPerJob {
    private final String figure;
    private final SampleLog log;
    private final Map<String, Series> parts = new LinkedHashMap<>();

    CpuPerJob(String figure, SampleLog log) {
        this.figure = figure;
        this.log = log;
    }

    void add(CpuTimes now, CpuTimes before, double jobs) {
        if (jobs > 0) {
            now.byPart().keySet().forEach(part -> parts.computeIfAbsent(
                            part, name -> log.series(figure, "cpu " + name, Unit.MILLIS))
                    .add(now.since(before, part) / jobs));
        }
    }

    List<Row> rows() {
        return parts.entrySet().stream()
                .map(part -> new Row(
                        figure,
                        "  CPU a job, " + part.getKey(),
                        Unit.MILLIS,
                        part.getValue().samples(),
                        "",
                        new Samples(List.of()),
                        new Goal.None()))
                .toList();
    }
}
