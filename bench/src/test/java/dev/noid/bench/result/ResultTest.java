package dev.noid.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.Json;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ResultTest {
    private static final Samples HUNDRED = upTo(100);

    @Test
    void percentiles_are_values_that_were_measured() {
        assertThat(HUNDRED.median()).isEqualTo(50);
        assertThat(HUNDRED.worst(Unit.MILLIS)).isEqualTo(99);
        assertThat(HUNDRED.worst(Unit.JOBS_PER_SECOND)).isEqualTo(1);
        assertThat(upTo(1).worst(Unit.MILLIS)).isEqualTo(1);
        assertThat(new Samples(List.of(3.0, 1.0, 2.0)).median()).isEqualTo(2);
    }

    @Test
    void a_goal_is_met_up_to_its_limit_and_no_further() {
        Samples ten = same(10);
        assertThat(new Goal.RatioAtMost(1.5).met(same(15), ten)).isTrue();
        assertThat(new Goal.RatioAtMost(1.5).met(same(15.1), ten)).isFalse();
        assertThat(new Goal.RatioAtLeast(0.5).met(same(5), ten)).isTrue();
        assertThat(new Goal.RatioAtLeast(0.5).met(same(4.9), ten)).isFalse();
        assertThat(new Goal.AtMost(6).met(same(6), ten)).isTrue();
        assertThat(new Goal.AtMost(6).met(same(6.1), ten)).isFalse();
        assertThat(new Goal.AtLeast(2000).met(same(2000), ten)).isTrue();
        assertThat(new Goal.AtLeast(2000).met(same(1999), ten)).isFalse();
        // Each alone is not enough.
        assertThat(new Goal.RatioAndAdded(1.5, 6).met(same(15), ten)).isTrue();
        assertThat(new Goal.RatioAndAdded(1.5, 4).met(same(15), ten)).isFalse();
        assertThat(new Goal.RatioAndAdded(1.2, 6).met(same(15), ten)).isFalse();
    }

    @Test
    void the_report_says_of_every_figure_what_was_measured_or_why_nothing_was() {
        Row row = new Row("exec", "round trip", Unit.MILLIS, same(30), "direct agent", same(10), new Goal.AtMost(20));
        List<FigureResult> results = List.of(
                new FigureResult.Measured("exec", List.of(row)), new FigureResult.Failed("restore", "it was refused"));
        JsonNode report = Json.records().readTree(JsonReport.of(Map.of("cpus", 2), results));
        JsonNode exec = report.at("/figures/0/rows/0");
        assertThat(exec.at("/noid/n").asInt()).isEqualTo(5);
        assertThat(exec.path("ratio").asDouble()).isEqualTo(3);
        assertThat(exec.path("added").asDouble()).isEqualTo(20);
        assertThat(exec.path("met").asBoolean()).isFalse();
        assertThat(report.at("/figures/1/failed").asString()).isEqualTo("it was refused");
        assertThat(Table.of(results)).contains("round trip", "MISSED", "it was refused");
    }

    private static Samples same(double value) {
        return new Samples(Collections.nCopies(5, value));
    }

    private static Samples upTo(int most) {
        return new Samples(
                IntStream.rangeClosed(1, most).mapToObj(Double::valueOf).toList());
    }
}
