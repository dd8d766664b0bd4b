package dev.noid.cli.command;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.exec.Interrupts;
import dev.noid.cli.exec.RemoteCommand;
import dev.noid.cli.http.Answer;
import dev.noid.cli.http.Call;
import dev.noid.cli.http.Jobs;
import dev.noid.schema.api.ExecVm;
import dev.noid.schema.api.Job;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `noid run`.
@Command(
        name = "run",
        customSynopsis = "noid run [--image IMAGE] [--memory SIZE] [--cpus N] [--disk SIZE]%n"
                + "         [--checkpoint CHECKPOINT] [-n] [-e K=V]...%n"
                + "         [-w DIR] [-u USER] [--timeout DURATION] -- COMMAND [ARG]...",
        description = "Make a VM, run one command in it as exec does, destroy it.",
        footerHeading = "%nExample:%n",
        footer = {"  noid run -- sh -c 'echo hello; exit 7'", "  noid run --memory 1G -e CI=1 -- make test < /dev/null"
        })
final class RunCommand implements Callable<Integer> {
    /// What a Ctrl-C waits for the name of a VM that is being asked for; a second one does not.
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final Session session;

    @Parameters(arity = "0..*", hidden = true)
    private @Nullable List<String> words;

    @Mixin
    private Shape shape = new Shape();

    @Mixin
    private ExecOptions options = new ExecOptions();

    RunCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<String> argv = argv();
        ExecVm body = options.body(session, argv, true);
        try {
            return run(body);
        } catch (Failure e) {
            throw e.insideExec();
        }
    }

    private List<String> argv() {
        List<String> tail = session.tail();
        if (words == null && (tail == null || tail.isEmpty())) {
            throw Failure.usage("no command", "noid run -- uname -a");
        }
        if (tail == null) {
            throw Failure.usage("'--' is missing before the command", "noid run -- " + String.join(" ", words));
        }
        if (words != null) {
            String typed = String.join(" ", words);
            throw Failure.usage(
                    "run makes a VM of its own and takes no name: " + typed,
                    "in a VM that is there: noid exec " + words.getFirst() + " -- "
                            + (tail.isEmpty() ? "uname -a" : String.join(" ", tail)));
        }
        return tail;
    }

    private int run(ExecVm body) {
        Jobs jobs = new Jobs(session.api());
        MadeVm made = new MadeVm(this::destroy);
        Interrupts interrupts = new Interrupts(session.api(), session.terminal(), Runtime.getRuntime()::halt);
        interrupts.undo(() -> {
            if (!made.undo(ANSWER)) {
                session.terminal().error("the gateway has not answered; it may have made a VM", "noid ls");
            }
        });
        interrupts.install();
        try {
            Job create = jobs.submit(Call.post("/vms", shape.named(null), 0), false);
            made.is(create.vm());
            if (interrupts.interrupted()) {
                return ExitCode.INTERRUPTED;
            }
            // The exec waits in the gateway behind the create: one round trip less than waiting here.
            int code = new RemoteCommand(session.api(), session.terminal(), interrupts).run(create.vm(), body);
            if (code == ExitCode.NOID_FAILED) {
                sayWhy(create);
            }
            return code;
        } finally {
            made.noMore();
            var _ = made.undo(Duration.ZERO);
        }
    }

    /// An exec that never began because its VM never ran: the create knows more.
    private void sayWhy(Job create) {
        if (session.api().attempt(Call.get("/jobs/" + create.id())) instanceof Answer.Done done) {
            Job now = session.api().read(done.body(), Job.class);
            if (now.state().terminal() && now.error() != null) {
                Failure why = Jobs.failure(now);
                session.terminal().error("the VM did not start: " + why.message(), why.hint());
            }
        }
    }

    /// Asked for, not waited for: from here on it happens whatever becomes of this process.
    private void destroy(String vm) {
        try {
            session.api().callPatiently(Call.delete("/vms/" + vm, 0));
        } catch (Failure e) {
            session.terminal().error(vm + " could not be destroyed: " + e.message(), "noid rm " + vm);
        }
    }
}
