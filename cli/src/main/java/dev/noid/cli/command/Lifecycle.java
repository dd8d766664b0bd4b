package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.settings.Settings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The same step for every VM named, or the active one. All are tried; the last failure decides the exit code.
record Lifecycle(Session session, boolean waiting) {
    @FunctionalInterface
    interface Step {
        Call of(String name, int waitSeconds);
    }

    int each(@Nullable List<String> names, Step step) {
        List<String> vms =
                names == null || names.isEmpty() ? List.of(session.settings().vm(null)) : names;
        vms.forEach(Settings::checkedName);
        Jobs jobs = new Jobs(session.api());
        int code = 0;
        for (String vm : vms) {
            try {
                jobs.succeeded(jobs.submit(step.of(vm, waiting ? Jobs.POLL_SECONDS : 0), waiting));
                session.terminal().line(vm);
            } catch (Failure e) {
                if (vms.size() == 1) {
                    throw e;
                }
                session.terminal().error(vm + ": " + e.message(), e.hint());
                code = e.exitCode();
            }
        }
        return code;
    }
}
