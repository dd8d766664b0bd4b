package dev.noid.cli.exec;

import dev.noid.cli.Failure;
import dev.noid.cli.print.SystemError;
import dev.noid.schema.Json;
import dev.noid.schema.api.Job;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// How a command ended, for a program that has to tell the command's exit code from Noid's own: `exitCode` and
/// `signal` are the command's alone, absent when it has none, and `code` is what `noid` exits with.
///
/// @param file may be `/dev/fd/3`; null when nobody asked
public record ResultFile(@Nullable Path file) {
    /// Throws a failure when the file can't be written. Before anything is asked for.
    public void begin() {
        write(Json.records().createObjectNode());
    }

    /// @param job as it ended; null when there is none
    /// @param code that `noid` exits with
    /// @param failure what Noid says beside it
    public void write(@Nullable Job job, int code, @Nullable Failure failure) {
        ObjectNode node = Json.records().createObjectNode();
        node.put("code", code);
        if (job != null) {
            node.put("job", job.id())
                    .put("vm", job.vm())
                    .put("state", job.state().toString());
            ended(node, job.exec());
            error(node, job.error());
        }
        if (failure != null && !node.has("error")) {
            ObjectNode error = node.putObject("error");
            error.put("code", failure.code() == null ? "noid_failed" : failure.code());
            error.put("message", failure.message());
        }
        write(node);
    }

    private static void ended(ObjectNode node, @Nullable ExecResult exec) {
        if (exec != null && exec.exitCode() != null) {
            node.put("exitCode", exec.exitCode());
        }
        if (exec != null && exec.signal() != null) {
            node.put("signal", exec.signal());
        }
    }

    private static void error(ObjectNode node, @Nullable JobError error) {
        if (error != null) {
            node.putObject("error")
                    .put("code", error.code())
                    .put("message", error.message())
                    .put("fault", error.fault().toString());
        }
    }

    private void write(ObjectNode node) {
        if (file == null) {
            return;
        }
        try {
            Files.writeString(file, node.isEmpty() ? "" : Json.records().writeValueAsString(node) + "\n");
        } catch (IOException e) {
            throw Failure.usage("--result " + file + " can't be written: " + SystemError.why(e), null);
        }
    }
}
