package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.http.Answer;
import dev.noid.cli.http.Call;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.settings.Settings;
import dev.noid.schema.Deadline;
import dev.noid.schema.api.Job;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid create`.
@Command(
        name = "create",
        description = "Make a VM and start it. Prints its name.",
        footerHeading = "%nExample:%n",
        footer = {
            "  noid create web --memory 512M --cpus 2",
            "  noid create try --checkpoint web/before --ttl 2h",
            "  noid create build --if-missing --idle-stop 15m --label team=blue",
            "  vm=$$(noid create)"
        })
final class CreateCommand implements Callable<Integer> {
    private static final Duration GONE = Duration.ofSeconds(30);
    private static final Duration GONE_AGAIN = Duration.ofMillis(300);

    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "Its name; made up when missing.")
    private @Nullable String name;

    @Mixin
    private Shape shape = new Shape();

    @Mixin
    private LifetimeOptions lifetime = new LifetimeOptions();

    @Option(
            names = "--if-missing",
            description = "One of this name that is there, and as said here, is as good; also when it is stopped.")
    private boolean ifMissing;

    @Option(names = "--no-wait", description = "Do not wait until it runs.")
    private boolean noWait;

    @Mixin
    private OutputOptions output = new OutputOptions();

    CreateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (name != null) {
            Settings.checkedName(name);
        }
        if (ifMissing && name == null) {
            throw Failure.usage("--if-missing needs a name", "noid create web --if-missing");
        }
        Call call = Call.post("/vms", lifetime.of(shape.named(name), ifMissing), noWait ? 0 : Jobs.POLL_SECONDS);
        JsonNode answer = ifMissing ? onceGone(call) : session.api().callPatiently(call);
        // Of one that was there before the answer is the VM, and not a job.
        String vm = answer.has("observed") ? there(answer) : made(answer);
        if (output.json()) {
            session.printer().json(session.api().call(Call.get("/vms/" + vm)));
        } else {
            session.terminal().line(vm);
        }
        return 0;
    }

    private String made(JsonNode answer) {
        Jobs jobs = new Jobs(session.api());
        Job job = session.api().read(answer, Job.class);
        return jobs.succeeded(noWait ? job : jobs.ended(job)).vm();
    }

    private String there(JsonNode vm) {
        String found = vm.path("name").asString();
        String state = vm.path("observed").asString();
        if (state.equals("stopped") || state.equals("failed")) {
            session.terminal().note(found + " is " + state + "; noid start " + found);
        }
        return found;
    }

    /// One that is being destroyed is in the way for a moment.
    private JsonNode onceGone(Call call) {
        Deadline deadline = Deadline.after(GONE);
        while (true) {
            Answer answer = session.api().attempt(call);
            if (!(answer instanceof Answer.Refused refused)
                    || !refused.problem().code().equals("vm_being_destroyed")
                    || deadline.passed()) {
                return session.api().callPatiently(call);
            }
            try {
                Thread.sleep(GONE_AGAIN);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return session.api().callPatiently(call);
            }
        }
    }
}
