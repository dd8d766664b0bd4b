package dev.noid.gateway.http;

import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Which methods a path has, for `Allow`.
final class Methods {
    private final List<Known> known;

    private record Known(Pattern path, String method) {}

    Methods(List<Route> routes) {
        this.known = routes.stream()
                .map(route -> new Known(pattern(route.path()), route.method().equals("WS") ? "GET" : route.method()))
                .toList();
    }

    /// As the header says it; empty when there is nothing at that path.
    String allowed(String path) {
        TreeSet<String> methods = known.stream()
                .filter(route -> route.path().matcher(path).matches())
                .map(Known::method)
                .collect(Collectors.toCollection(TreeSet::new));
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        return String.join(", ", methods);
    }

    private static Pattern pattern(String path) {
        return Pattern.compile(List.of(path.split("/")).stream()
                .map(part -> part.startsWith("{") ? "[^/]+" : Pattern.quote(part))
                .collect(Collectors.joining("/")));
    }
}
