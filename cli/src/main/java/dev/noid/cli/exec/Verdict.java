package dev.noid.cli.exec;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.schema.SignalNames;
import dev.noid.schema.api.Job;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import org.jspecify.annotations.Nullable;

/// The exit code of `noid exec`, and what is said beside it. A command that ran and failed says what it has to say
/// itself.
///
/// @param message null: nothing
record Verdict(int code, @Nullable String message, @Nullable String hint) {

    /// @param interrupted Ctrl-C was pressed here
    /// @param missing     bytes of output that can't be had
    static Verdict of(Ending.Over over, boolean interrupted, long missing) {
        Job job = over.job();
        if (missing > 0) {
            return new Verdict(
                    ExitCode.NOID_FAILED,
                    missing + " bytes of the output are not kept any more",
                    "noid job get " + job.id());
        }
        return switch (job.state()) {
            case SUCCEEDED -> new Verdict(ExitCode.OK, null, null);
            case FAILED -> failed(job);
            case TIMED_OUT -> said(ExitCode.TIMEOUT, job);
            case CANCELLED -> cancelled(over, interrupted);
            case LOST -> said(ExitCode.NOID_FAILED, job);
            case QUEUED, PLACED, RUNNING, RETRY_WAIT, CANCELLING ->
                throw new IllegalArgumentException("not ended: " + job.id() + " " + job.state());
        };
    }

    /// What there is to say, as a failure; null when there is nothing.
    @Nullable
    Failure failure() {
        return message == null ? null : new Failure(code, message, hint);
    }

    private static Verdict cancelled(Ending.Over over, boolean interrupted) {
        if (over.putBackTo() != null) {
            // Its own signal or exit is not known: that process is not in the VM any more, and never was in its past.
            return new Verdict(ExitCode.NOID_FAILED, putBack(over.putBackTo()), null);
        }
        return interrupted
                ? new Verdict(signalOr(over.job(), ExitCode.INTERRUPTED), null, null)
                : said(signalOr(over.job(), ExitCode.NOID_FAILED), over.job());
    }

    static String putBack(String checkpoint) {
        return "the VM was put back to " + checkpoint + "; this command belongs to its past";
    }

    private static Verdict failed(Job job) {
        JobError error = job.error();
        ExecResult exec = job.exec();
        String code = error == null ? "" : error.code();
        return switch (code) {
            case "exit_code", "exit_signal" -> new Verdict(ended(exec), null, null);
            case "out_of_memory" -> said(ended(exec), job);
            case "command_not_found" -> said(ExitCode.NOT_FOUND, job);
            case "command_not_executable", "command_too_long", "bad_user", "bad_cwd" ->
                said(ExitCode.NOT_EXECUTABLE, job);
            default -> said(ExitCode.NOID_FAILED, job);
        };
    }

    private static int ended(@Nullable ExecResult exec) {
        if (exec == null) {
            return ExitCode.NOID_FAILED;
        }
        return exec.exitCode() != null
                ? exec.exitCode()
                : exec.signal() == null
                        ? ExitCode.NOID_FAILED
                        : ExitCode.SIGNALLED + SignalNames.numberOf(exec.signal());
    }

    private static int signalOr(Job job, int otherwise) {
        return job.exec() != null && job.exec().signal() != null
                ? ExitCode.SIGNALLED + SignalNames.numberOf(job.exec().signal())
                : otherwise;
    }

    private static Verdict said(int code, Job job) {
        JobError error = job.error();
        return error == null
                ? new Verdict(code, "the command is " + job.state(), null)
                : new Verdict(code, error.message(), error.hint());
    }
}
