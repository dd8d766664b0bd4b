package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.schema.api.ChangeCheckpoint;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `noid checkpoint pin`, and `unpin`.
@Command(
        name = "pin",
        description = "No policy, prune or rm removes these any more.",
        footerHeading = "%nExample:%n",
        footer = "  noid checkpoint pin web/before")
class CheckpointPinCommand implements Callable<Integer> {
    private final Session session;
    private final boolean pinned;

    @Parameters(arity = "1..*", paramLabel = "CHECKPOINT", description = CheckpointRef.FORMS)
    private List<String> typed = List.of();

    CheckpointPinCommand(Session session) {
        this(session, true);
    }

    private CheckpointPinCommand(Session session, boolean pinned) {
        this.session = session;
        this.pinned = pinned;
    }

    @Override
    public final Integer call() {
        List<CheckpointRef> refs = typed.stream().map(CheckpointRef::of).toList();
        return Lifecycle.each(session, refs, CheckpointRef::typed, ref -> {
            session.api().callPatiently(Call.patch(ref.path(), new ChangeCheckpoint(pinned, null)));
            session.terminal().line(ref.typed());
        });
    }

    @Command(
            name = "unpin",
            description = "These may be removed again.",
            footerHeading = "%nExample:%n",
            footer = "  noid checkpoint unpin web/before")
    static final class Unpin extends CheckpointPinCommand {
        Unpin(Session session) {
            super(session, false);
        }
    }
}
