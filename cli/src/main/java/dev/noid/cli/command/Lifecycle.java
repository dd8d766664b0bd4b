package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.settings.Settings;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The same step for every VM named, or the active one. All are tried; the last failure decides the exit code.
final class Lifecycle {
    @FunctionalInterface
    interface Step {
        Call of(String name, int waitSeconds);
    }

    @Parameters(arity = "0..*", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable List<String> vms;

    @Option(names = "--no-wait", description = "Do not wait until it is done.")
    private boolean noWait;

    int each(Session session, Step step) {
        return each(session, step, false);
    }

    /// @param missingIsFine one that is not there is no failure
    int each(Session session, Step step, boolean missingIsFine) {
        List<String> names =
                vms == null || vms.isEmpty() ? List.of(session.settings().vm(null)) : vms;
        names.forEach(Settings::checkedName);
        Jobs jobs = new Jobs(session.api());
        return each(session, names, Function.identity(), name -> {
            try {
                jobs.succeeded(jobs.submit(step.of(name, noWait ? 0 : Jobs.POLL_SECONDS), !noWait));
                session.terminal().line(name);
            } catch (Failure e) {
                if (!missingIsFine || !"vm_not_found".equals(e.code())) {
                    throw e;
                }
            }
        });
    }

    /// Tries all; of one alone the failure is the command's own.
    static <T> int each(Session session, List<T> all, Function<T, String> name, Consumer<T> step) {
        int code = 0;
        for (T one : all) {
            try {
                step.accept(one);
            } catch (Failure e) {
                if (all.size() == 1) {
                    throw e;
                }
                session.terminal().error(name.apply(one) + ": " + e.message(), e.hint());
                code = e.exitCode();
            }
        }
        return code;
    }
}
