package dev.noid.cli.exec;

import dev.noid.cli.Failure;
import dev.noid.cli.http.Answer;
import dev.noid.cli.http.Api;
import dev.noid.cli.http.Patience;
import dev.noid.cli.print.Terminal;
import dev.noid.schema.ExecId;
import dev.noid.schema.api.LogEnd;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.record.Stream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// A job's output, or a VM's log, as lines of JSON (`GET /jobs/{id}/output`, `GET /vms/{name}/logs`),
/// printed as the bytes it was.
public final class JobOutput {
    private static final int READ_MILLIS = 60_000;

    private final Api api;
    private final Terminal terminal;
    private final OutputCursor cursor;
    /// Which one is being printed: what the VM is by the next connection may be another.
    private @Nullable ExecId log;

    private @Nullable LogEnd logEnd;

    public JobOutput(Api api, Terminal terminal, OutputCursor cursor) {
        this.api = api;
        this.terminal = terminal;
        this.cursor = cursor;
    }

    /// @param follow until the job has ended
    public void print(String job, boolean follow) throws OutputCursor.BrokenPipe {
        print("/jobs/" + job + "/output", follow, "noid job output " + job);
    }

    /// @param follow until the VM stops or another one takes its place
    public void log(String vm, boolean follow) throws OutputCursor.BrokenPipe {
        print("/vms/" + vm + "/logs", follow, "noid logs " + vm);
    }

    /// Why nothing more comes; null for a job, and while more may come.
    public @Nullable LogEnd logEnd() {
        return logEnd;
    }

    /// Over as many connections as it takes.
    ///
    /// @param again what a person can do when it can't be said to its end
    private void print(String what, boolean follow, String again) throws OutputCursor.BrokenPipe {
        Patience patience = api.patience();
        boolean contacted = false;
        while (true) {
            try {
                if (once(what, follow, patience) || !follow) {
                    return;
                }
                contacted = true;
            } catch (IOException e) {
                Answer.Unreachable away = Answer.Unreachable.of(e);
                if (!contacted && away.refused()) {
                    throw api.unreachable(away);
                }
                contacted = true;
            }
            if (!patience.again()) {
                throw Failure.failed("connection lost for good", again);
            }
        }
    }

    /// True when all has been said.
    private boolean once(String what, boolean follow, Patience patience) throws IOException, OutputCursor.BrokenPipe {
        String path = what + "?stdout=" + cursor.next(Stream.STDOUT) + "&stderr=" + cursor.next(Stream.STDERR)
                + "&follow=" + follow + (log == null ? "" : "&log=" + log);
        HttpURLConnection connection = api.open("GET", path, READ_MILLIS);
        connection.setRequestProperty("Accept", "application/x-ndjson, application/problem+json");
        int status = connection.getResponseCode();
        if (status >= 500 || status == 429) {
            throw new IOException("HTTP " + status);
        }
        api.check(connection, "json");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            for (@Nullable String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank() && over(api.parse(line, OutputLine.class))) {
                    return true;
                }
                patience.reset();
            }
            return false;
        } catch (JacksonException e) {
            throw new IOException("a line that is not understood", e);
        } finally {
            connection.disconnect();
        }
    }

    private boolean over(OutputLine line) throws IOException, OutputCursor.BrokenPipe {
        switch (line) {
            case OutputLine.Chunk chunk -> {
                if (!cursor.accept(chunk.stream(), chunk.offset(), ByteBuffer.wrap(chunk.base64()))) {
                    throw new IOException("bytes are missing before " + chunk.offset());
                }
            }
            case OutputLine.Gap gap -> cursor.gap(gap.stream(), gap.to());
            case OutputLine.InputAck _ -> {}
            case OutputLine.Restored restored -> terminal.note(Verdict.putBack(restored.checkpoint()));
            case OutputLine.Ended _ -> {
                return true;
            }
            case OutputLine.Log begun -> log = begun.log();
            case OutputLine.LogEnded over -> {
                logEnd = over.why();
                return true;
            }
            case OutputLine.Failed failed ->
                throw new IOException(failed.problem().detail());
        }
        return false;
    }
}
