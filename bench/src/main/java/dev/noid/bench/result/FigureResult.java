package dev.noid.bench.result;

import java.util.List;

/// What became of one figure.
public sealed interface FigureResult {
    String figure();

    record Measured(String figure, List<Row> rows) implements FigureResult {}

    /// This Noid can't do it.
    record NotThereYet(String figure, String why) implements FigureResult {}

    /// It could not be measured: the bench itself has failed.
    record Failed(String figure, String why) implements FigureResult {}
}
