package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.exec.Interrupts;
import dev.noid.cli.exec.RemoteCommand;
import dev.noid.cli.http.Call;
import dev.noid.schema.api.ExecVm;
import dev.noid.schema.api.Job;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `noid exec`.
@Command(
        name = "exec",
        aliases = "x",
        customSynopsis = "noid exec [VM] [-nd] [-e K=V]... [-w DIR] [-u USER] [--timeout DURATION]%n"
                + "          [--env-file FILE] [--label K=V]... [--result FILE]%n"
                + "          -- COMMAND [ARG]...",
        description = {
            "Run a command in a VM: its stdin, stdout and stderr are this one's, its exit code too.",
            "No shell is involved; for one say: -- sh -c '...'"
        },
        footerHeading = "%nExample:%n",
        footer = {"  noid exec web -- uname -a", "  tar c . | noid exec web -- tar x -C /srv"})
final class ExecCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..*", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable List<String> words;

    @Mixin
    private ExecOptions options = new ExecOptions();

    @Option(
            names = {"-d", "--detach"},
            description = "Do not wait; prints the job's id. The command gets no stdin.")
    private boolean detach;

    ExecCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<String> argv = argv();
        try {
            String vm = session.settings().vm(words == null ? null : words.getFirst());
            ExecVm body = options.body(session, argv, !detach);
            if (detach) {
                Call call = Call.post("/vms/" + vm + "/exec", body, 0);
                Job job = session.api().read(session.api().callPatiently(call), Job.class);
                session.terminal().line(job.id());
                return 0;
            }
            Interrupts interrupts = new Interrupts(session.api(), session.terminal(), Runtime.getRuntime()::halt);
            interrupts.install();
            return new RemoteCommand(session.api(), session.terminal(), interrupts, options.result(session))
                    .run(vm, body);
        } catch (Failure e) {
            throw e.insideExec();
        }
    }

    private List<String> argv() {
        List<String> typed = words == null ? List.of() : words;
        List<String> tail = session.tail();
        if (tail == null && typed.size() > 1) {
            throw Failure.usage(
                    "'--' is missing before the command",
                    "noid exec " + typed.getFirst() + " -- " + String.join(" ", typed.subList(1, typed.size())));
        }
        if (tail == null || tail.isEmpty()) {
            throw Failure.usage("no command", "noid exec " + String.join(" ", typed) + " -- uname -a");
        }
        if (typed.size() > 1) {
            throw Failure.usage("more than one VM before '--': " + String.join(" ", typed), "noid exec --help");
        }
        return tail;
    }
}
