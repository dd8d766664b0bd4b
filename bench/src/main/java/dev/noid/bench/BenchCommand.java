package dev.noid.bench;

import dev.noid.bench.figure.Figure;
import dev.noid.bench.figure.Scale;
import dev.noid.bench.result.FigureResult;
import dev.noid.bench.result.JsonReport;
import dev.noid.bench.result.SampleLog;
import dev.noid.bench.result.Table;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "noid bench",
        mixinStandardHelpOptions = true,
        description = "Measures Noid beside the bare mechanisms it is made of, on stacks of its own.",
        footer = {
            "",
            "Exit code 0 also when a goal is missed, 1 when something could not be measured.",
            "docs/performance.md says what each figure is."
        })
final class BenchCommand implements Callable<Integer> {
    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--quick", description = "Fewer of each, in 2 minutes at most.")
    private boolean quick;

    @Option(names = "--json", description = "The results as JSON.")
    private boolean json;

    @Option(names = "--samples", paramLabel = "FILE", description = "Write every single measurement, as JSON lines.")
    private @Nullable Path samples;

    @Option(names = "--only", split = ",", paramLabel = "NAME", description = "Just these figures; see --list.")
    private List<String> only = List.of();

    @Option(names = "--list", description = "The names of the figures.")
    private boolean list;

    BenchCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Figure> figures = Figures.all();
        if (list) {
            figures.forEach(figure -> out.println(figure.name()));
            return 0;
        }
        for (String name : only) {
            if (figures.stream().noneMatch(figure -> figure.name().equals(name)) && spec != null) {
                throw new ParameterException(spec.commandLine(), "there is no figure " + name + " (--list names them)");
            }
        }
        List<Figure> wanted = figures.stream()
                .filter(figure -> only.isEmpty() || only.contains(figure.name()))
                .toList();
        try (SampleLog log = samples == null ? SampleLog.none() : SampleLog.to(samples)) {
            Bench bench = new Bench(environment, quick ? Scale.QUICK : Scale.FULL, log, err);
            List<FigureResult> results = bench.run(wanted);
            out.print(json ? JsonReport.of(circumstances(), results) + "\n" : Table.of(results));
            out.flush();
            return results.stream().anyMatch(FigureResult.Failed.class::isInstance) ? 1 : 0;
        }
    }

    private Map<String, Object> circumstances() {
        Map<String, Object> circumstances = new LinkedHashMap<>();
        circumstances.put("at", java.time.Instant.now().toString());
        circumstances.put("cpus", Runtime.getRuntime().availableProcessors());
        circumstances.put("jdk", Runtime.version().toString());
        circumstances.put("quick", quick);
        return circumstances;
    }
}
