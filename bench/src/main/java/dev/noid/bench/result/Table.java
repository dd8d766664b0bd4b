package dev.noid.bench.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Results for people.
public final class Table {
    private static final List<String> HEAD =
            List.of("FIGURE", "N", "NOID P50", "P99", "BESIDE", "P50", "P99", "RATIO", "ADDED", "GOAL", "");

    private Table() {}

    public static String of(List<FigureResult> results) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(HEAD);
        List<String> notes = new ArrayList<>();
        for (FigureResult result : results) {
            switch (result) {
                case FigureResult.Measured measured -> measured.rows().forEach(row -> lines.add(line(row)));
                case FigureResult.NotThereYet(String figure, String why) ->
                    notes.add(figure + ": not there yet (" + why + ")");
                case FigureResult.Failed(String figure, String why) -> notes.add(figure + ": FAILED: " + why);
            }
        }
        return aligned(lines)
                + String.join("", notes.stream().map(note -> note + "\n").toList());
    }

    private static List<String> line(Row row) {
        String sign = " " + row.unit().sign();
        List<String> line = new ArrayList<>(List.of(
                row.what(),
                Integer.toString(row.noid().count()),
                number(row.noid().median()) + sign,
                number(row.noid().worst(row.unit()))));
        if (row.bare().isEmpty()) {
            line.addAll(List.of(row.beside(), "", "", "", ""));
        } else {
            line.addAll(List.of(
                    row.beside(),
                    number(row.bare().median()),
                    number(row.bare().worst(row.unit())),
                    String.format(Locale.ROOT, "%.2f", row.ratio()),
                    (row.added() >= 0 ? "+" : "-") + number(Math.abs(row.added()))));
        }
        line.add(row.goal().text());
        line.add(row.goal() instanceof Goal.None ? "" : row.met() ? "met" : "MISSED");
        return line;
    }

    /// Three digits that matter.
    static String number(double value) {
        if (value >= 1000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    private static String aligned(List<List<String>> lines) {
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int column = 0; column < line.size(); column++) {
                int at = column;
                int width = lines.stream()
                        .mapToInt(other -> other.get(at).length())
                        .max()
                        .orElse(0);
                row.append(pad(line.get(column), width, column > 0 && column != 4 && column < 9))
                        .append("  ");
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static String pad(String cell, int width, boolean right) {
        String space = " ".repeat(width - cell.length());
        return right ? space + cell : cell + space;
    }
}
