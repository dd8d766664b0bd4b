package dev.noid.cli.exec;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.cli.http.Api;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Terminal;
import dev.noid.schema.api.ExecVm;
import dev.noid.schema.api.Job;
import org.jspecify.annotations.Nullable;

/// One command in a VM, from the request to its exit code, with this process's streams as its streams.
public final class RemoteCommand {
    private final Api api;
    private final Terminal terminal;
    private final Interrupts interrupts;
    private final ResultFile result;

    public RemoteCommand(Api api, Terminal terminal, Interrupts interrupts, ResultFile result) {
        this.api = api;
        this.terminal = terminal;
        this.interrupts = interrupts;
        this.result = result;
    }

    public int run(String vm, ExecVm body) {
        result.begin();
        try {
            return follow(vm, body);
        } catch (Failure e) {
            result.write(null, e.insideExec().exitCode(), e);
            throw e;
        }
    }

    private int follow(String vm, ExecVm body) {
        @Nullable InputFeed feed = Boolean.TRUE.equals(body.stdinFollows()) ? new InputFeed() : null;
        OutputCursor cursor = new OutputCursor(terminal.out(), terminal.err());
        Job job = api.read(api.callPatiently(Call.post("/vms/" + vm + "/exec", body, 0)), Job.class);
        interrupts.running(job.id());
        if (feed != null) {
            feed.read(terminal.in());
        }
        try {
            Ending.Over over = new JobStream(api, cursor, feed).follow(job.id());
            Verdict verdict = Verdict.of(over, interrupts.interrupted(), cursor.missing());
            result.write(over.job(), verdict.code(), verdict.failure());
            return said(verdict);
        } catch (OutputCursor.BrokenPipe _) {
            var _ = interrupts.cancel(job.id());
            return ExitCode.BROKEN_PIPE;
        } catch (StreamFailure e) {
            String hint = interrupts.cancel(job.id())
                    ? "the command was cancelled; what it wrote: noid job output " + job.id()
                    : "the command may still run: noid job cancel " + job.id();
            throw Failure.failed(e.message(), hint);
        }
    }

    private int said(Verdict verdict) {
        if (verdict.message() != null) {
            terminal.error(verdict.message(), verdict.hint());
        }
        return verdict.code();
    }
}
