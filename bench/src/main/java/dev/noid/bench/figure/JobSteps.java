package dev.noid.bench.figure;

import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.SampleLog;
import dev.noid.bench.result.Samples;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Where the time of jobs went, as they say themselves; so that a missed goal says more than that.
final class JobSteps {
    private final String figure;
    private final SampleLog log;
    private final Map<String, Series> steps = new LinkedHashMap<>();

    JobSteps(String figure, SampleLog log) {
        this.figure = figure;
        this.log = log;
    }

    void add(JsonNode job) {
        job.path("timing").properties().forEach(step -> steps.computeIfAbsent(
                        step.getKey(), name -> log.series(figure, "step " + name, Unit.MILLIS))
                .add(step.getValue().asDouble()));
    }

    List<Row> rows() {
        return steps.entrySet().stream()
                .map(step -> new Row(
                        figure,
                        "  of it " + step.getKey(),
                        Unit.MILLIS,
                        step.getValue().samples(),
                        "",
                        new Samples(List.of()),
                        new Goal.None()))
                .toList();
    }
}
