package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.http.Answer;
import dev.noid.cli.http.Call;
import dev.noid.cli.settings.DotNoid;
import dev.noid.cli.settings.Settings;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `noid use`.
@Command(
        name = "use",
        description = {
            "Set the active VM of this directory and those below, in the file .noid.",
            "Without a name: say which it is."
        },
        footerHeading = "%nExample:%n",
        footer = {"  noid use web", "  noid use --unset"})
final class UseCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "VM", description = "The VM to mean from now on.")
    private @Nullable String vm;

    @Option(names = "--unset", description = "Mean none.")
    private boolean unset;

    UseCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Path here = session.directory().toAbsolutePath().normalize();
        if (unset && vm != null) {
            throw Failure.usage("a VM and --unset together say nothing", "noid use --unset");
        }
        if (unset) {
            DotNoid.find(here).ifPresent(file -> file.withVm(null).save());
            return 0;
        }
        if (vm == null) {
            session.terminal().line(session.settings().vm(null));
            return 0;
        }
        check(Settings.checkedName(vm));
        DotNoid own = DotNoid.find(here)
                .filter(found -> found.file().equals(DotNoid.in(here).file()))
                .orElseGet(() -> DotNoid.in(here));
        own.withVm(vm).save();
        session.terminal().line(vm);
        return 0;
    }

    /// A name nobody has is a slip of the fingers; a gateway that is away is no reason not to write a file.
    private void check(String name) {
        switch (session.api().attempt(Call.get("/vms/" + name))) {
            case Answer.Done _ -> {}
            case Answer.Refused refused -> throw session.api().failure(refused.problem());
            case Answer.Unreachable _ ->
                session.terminal()
                        .note(session.server().base() + " does not answer, so " + name + " was not looked for");
        }
    }
}
