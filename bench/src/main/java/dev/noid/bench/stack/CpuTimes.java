package dev.noid.bench.stack;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What each part of a stack has used of the processors until now; with few of these, that is what limits it.
///
/// @param byPart in milliseconds
public record CpuTimes(Map<String, Double> byPart) {
    static final List<String> PARTS = List.of("gateway", "worker", "broker", "postgres");

    private static final double NANOS_PER_MILLI = 1e6;

    static CpuTimes of(Map<String, ProcessHandle> parts) {
        Map<String, Double> times = new LinkedHashMap<>();
        // PostgreSQL works in its children; the worker's are VMs, which are their own.
        parts.forEach((part, process) -> times.put(
                part,
                part.equals("postgres")
                        ? millis(Stream.concat(Stream.of(process), process.descendants()))
                        : millis(Stream.of(process))));
        return new CpuTimes(times);
    }

    private static double millis(Stream<ProcessHandle> processes) {
        return processes
                .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
                .mapToDouble(time -> time.toNanos() / NANOS_PER_MILLI)
                .sum();
    }

    public double since(CpuTimes before, String part) {
        return byPart.getOrDefault(part, 0.0) - before.byPart.getOrDefault(part, 0.0);
    }
}
