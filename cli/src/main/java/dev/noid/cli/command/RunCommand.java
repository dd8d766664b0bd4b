package dev.noid.cli.command;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.exec.Interrupts;
import dev.noid.cli.exec.RemoteCommand;
import dev.noid.cli.http.Answer;
import dev.noid.cli.http.Call;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.ExecVm;
import dev.noid.schema.api.Job;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `noid run`.
@Command(
        name = "run",
        customSynopsis = "noid run [--image IMAGE] [--memory SIZE] [--cpus N] [--disk SIZE]%n"
                + "         [--checkpoint CHECKPOINT] [-n] [-e K=V]...%n"
                + "         [--env-file FILE] [-w DIR] [-u USER] [--timeout DURATION]%n"
                + "         [--label K=V]... [--result FILE]%n"
                + "         [--lease DURATION | -d] -- COMMAND [ARG]...",
        description = {
            "Make a VM, run one command in it as exec does, destroy it.",
            "The VM ends with its command, also when this noid does not live to see it."
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  noid run -- sh -c 'echo hello; exit 7'",
            "  noid run --memory 1G -e CI=1 -- make test < /dev/null",
            "  noid run -d --label build=17 -- make test"
        })
final class RunCommand implements Callable<Integer> {
    private static final String USUAL_LEASE = "45s";

    /// What a Ctrl-C waits for the name of a VM that is being asked for; a second one does not.
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final Session session;

    @Parameters(arity = "0..*", hidden = true)
    private @Nullable List<String> words;

    @Mixin
    private Shape shape = new Shape();

    @Mixin
    private ExecOptions options = new ExecOptions();

    @Option(
            names = "--lease",
            paramLabel = "DURATION",
            description = "Destroy it when this noid was not heard of for so long: killed, stopped, cut off (45s).")
    private @Nullable String lease;

    @Option(
            names = {"-d", "--detach"},
            description = "Do not wait; prints the job's id. The command gets no stdin.")
    private boolean detach;

    RunCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<String> argv = argv();
        ExecVm body = options.body(session, argv, !detach);
        if (detach && lease != null) {
            throw Failure.usage(
                    "--lease is for a run that is followed; one that is detached goes to its end", "leave one out");
        }
        int seconds = Math.toIntExact(Units.seconds("--lease", lease == null ? USUAL_LEASE : lease));
        try {
            return run(body, seconds);
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

    private int run(ExecVm body, int seconds) {
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
            Job create = jobs.submit(Call.post("/vms", vm(seconds), 0), false);
            made.is(create.vm());
            if (interrupts.interrupted()) {
                return ExitCode.INTERRUPTED;
            }
            return detach ? detached(create, made, body) : attached(create, seconds, interrupts, body);
        } finally {
            made.noMore();
            var _ = made.undo(Duration.ZERO);
        }
    }

    /// It ends with its command. Until that is asked for, and while somebody here follows it, it ends with this
    /// process.
    private CreateVm vm(int leaseSeconds) {
        CreateVm shaped = shape.named(null);
        return new CreateVm(
                null,
                shaped.image(),
                shaped.memoryMib(),
                shaped.cpus(),
                shaped.diskMib(),
                shaped.checkpoint(),
                null,
                null,
                null,
                detach ? null : leaseSeconds,
                true,
                options.labels());
    }

    private int detached(Job create, MadeVm made, ExecVm body) {
        Call call = Call.post("/vms/" + create.vm() + "/exec", body, 0);
        Job job = session.api().read(session.api().callPatiently(call), Job.class);
        made.stays();
        session.terminal().line(job.id());
        return ExitCode.OK;
    }

    private int attached(Job create, int leaseSeconds, Interrupts interrupts, ExecVm body) {
        try (Lease _ = Lease.keep(session.api(), create.vm(), leaseSeconds)) {
            // The exec waits in the gateway behind the create: one round trip less than waiting here.
            int code = new RemoteCommand(session.api(), session.terminal(), interrupts, options.result(session))
                    .run(create.vm(), body);
            if (code == ExitCode.NOID_FAILED) {
                sayWhy(create);
            }
            return code;
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
