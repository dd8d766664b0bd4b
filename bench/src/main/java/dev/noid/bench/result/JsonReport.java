package dev.noid.bench.result;

import dev.noid.schema.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;

/// Results for programs.
public final class JsonReport {
    private JsonReport() {}

    public static String of(Map<String, Object> circumstances, List<FigureResult> results) {
        Map<String, Object> report = new LinkedHashMap<>(circumstances);
        report.put("figures", results.stream().map(JsonReport::figure).toList());
        return Json.records().writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(report);
    }

    private static Map<String, Object> figure(FigureResult result) {
        Map<String, Object> figure = new LinkedHashMap<>();
        figure.put("figure", result.figure());
        switch (result) {
            case FigureResult.Measured measured ->
                figure.put("rows", measured.rows().stream().map(JsonReport::row).toList());
            case FigureResult.NotThereYet missing -> figure.put("notThereYet", missing.why());
            case FigureResult.Failed failed -> figure.put("failed", failed.why());
        }
        return figure;
    }

    private static Map<String, Object> row(Row row) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("what", row.what());
        line.put("unit", row.unit().sign());
        line.put("noid", numbers(row.noid(), row.unit()));
        if (!row.bare().isEmpty()) {
            line.put("beside", row.beside());
            line.put("bare", numbers(row.bare(), row.unit()));
            line.put("ratio", rounded(row.ratio()));
            line.put("added", rounded(row.added()));
        }
        if (!(row.goal() instanceof Goal.None)) {
            line.put("goal", row.goal().text());
            line.put("met", row.met());
        }
        return line;
    }

    private static Map<String, Object> numbers(Samples samples, Unit unit) {
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("n", samples.count());
        numbers.put("p50", rounded(samples.median()));
        numbers.put(unit.moreIsBetter() ? "p1" : "p99", rounded(samples.worst(unit)));
        return numbers;
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
