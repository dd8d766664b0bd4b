package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `noid checkpoint rm`.
@Command(
        name = "rm",
        description = "Remove checkpoints. What was made of one goes on, as a child of that one's parent.",
        footerHeading = "%nExample:%n",
        footer = {"  noid checkpoint rm web/before", "  noid checkpoint ls web -q | xargs noid checkpoint rm"})
final class CheckpointRmCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "1..*", paramLabel = "CHECKPOINT", description = CheckpointRef.FORMS)
    private List<String> typed = List.of();

    CheckpointRmCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<CheckpointRef> refs = typed.stream().map(CheckpointRef::of).toList();
        return Lifecycle.each(session, refs, CheckpointRef::typed, ref -> {
            session.api().callPatiently(Call.delete(ref.path(), 0));
            session.terminal().line(ref.typed());
        });
    }
}
