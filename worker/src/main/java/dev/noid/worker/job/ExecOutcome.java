package dev.noid.worker.job;

import dev.noid.schema.SignalNames;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.guest.ExecListener;
import dev.noid.worker.guest.GuestExit;
import dev.noid.worker.store.VmChange;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.vm.LiveVm;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// From the end of an exec to its job's outcome: all that is decided, and nothing else.
///
/// @param spec        what was asked for
/// @param overLimit   it was ended for its output
/// @param fate        what this worker was doing to its VM
/// @param stdoutBytes that readers will find
/// @param partition   of `noid.output`
/// @param firstOffset there, no later than its first record
/// @param rerun       it may run again, and has tries left
record ExecOutcome(
        JobSpec.Exec spec,
        boolean overLimit,
        LiveVm.Fate fate,
        long stdoutBytes,
        long stderrBytes,
        int partition,
        long firstOffset,
        boolean rerun,
        Map<String, Double> timing) {
    private static final int NOT_EXECUTABLE = 126;
    private static final int NOT_FOUND = 127;
    private static final int ENOENT = 2;
    private static final int ENOTDIR = 20;
    private static final int EAGAIN = 11;
    private static final int ENOMEM = 12;
    private static final int E2BIG = 7;
    /// Characters of a name in a message.
    private static final int NAME_MOST = 200;

    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;

    Outcome of(ExecEnd end) {
        return switch (end) {
            case ExecEnd.Exit(GuestExit exit) -> exited(exit);
            case ExecEnd.Refused(ExecListener.Refusal why, String detail) -> refused(why, detail);
            case ExecEnd.NeverBegan _ -> cancelled();
            case ExecEnd.Unanswered(boolean cancelled) -> unanswered(cancelled);
            case ExecEnd.OtherGuest _ -> lost("The guest was started anew while this ran.");
            case ExecEnd.VmEnded(LiveVm.Fate how, String reason) ->
                switch (how) {
                    case STOPPED -> vmStopped();
                    case DESTROYED -> vmDestroyed();
                    case RESTORED -> restored(String.valueOf(reason));
                    case RUNS -> lost("The VM ended while this ran" + (reason == null ? "." : ": " + reason));
                };
        };
    }

    private Outcome exited(GuestExit exit) {
        if (exit instanceof GuestExit.NotStarted(GuestExit.Stage stage, int errno)) {
            return notStarted(stage, errno);
        }
        if (overLimit) {
            return ended(
                    JobState.FAILED,
                    exit,
                    JobError.user(
                            "output_limit",
                            "Its output was over the limit, so it was ended.",
                            "Ask for a higher output limit."));
        }
        return switch (exit.why()) {
            case TIMEOUT ->
                ended(JobState.TIMED_OUT, exit, JobError.user("timeout", "Its time ran out, so it was ended.", null));
            case KILLED -> ended(JobState.CANCELLED, exit, JobError.user("cancelled", "It was cancelled.", null));
            case OUT_OF_MEMORY -> ended(JobState.FAILED, exit, outOfMemory(exit));
            case BY_ITSELF -> byItself(exit);
        };
    }

    private static JobError outOfMemory(GuestExit exit) {
        String what = exit instanceof GuestExit.Exited(int code, var _, long _, long _, var _)
                ? "It exited with " + code + ", as a process was killed while it ran: the VM's memory was used up."
                : "The guest's kernel killed it: the VM's memory was used up.";
        return JobError.user("out_of_memory", what, "Give the VM more memory: noid create --memory SIZE");
    }

    private Outcome byItself(GuestExit exit) {
        return switch (exit) {
            case GuestExit.Exited e ->
                e.code() == 0
                        ? ended(JobState.SUCCEEDED, exit, null)
                        : ended(
                                JobState.FAILED,
                                exit,
                                JobError.user("exit_code", "It exited with " + e.code() + ".", null));
            case GuestExit.Signalled e -> {
                boolean shutdown = e.signal() == SIGTERM || e.signal() == SIGKILL;
                if (shutdown && fate == LiveVm.Fate.STOPPED) {
                    yield ended(JobState.CANCELLED, exit, stoppedError());
                }
                if (shutdown && fate == LiveVm.Fate.DESTROYED) {
                    yield ended(JobState.CANCELLED, exit, destroyedError());
                }
                yield ended(
                        JobState.FAILED,
                        exit,
                        JobError.user("exit_signal", "It was ended by " + SignalNames.name(e.signal()) + ".", null));
            }
            case GuestExit.NotStarted _ -> throw new IllegalStateException("it never ran");
        };
    }

    private Outcome notStarted(GuestExit.Stage stage, int errno) {
        return switch (stage) {
            case USER ->
                neverRan(
                        NOT_EXECUTABLE,
                        JobError.user(
                                "bad_user",
                                "The guest has no user " + quoted(spec.user()) + " (errno " + errno + ").",
                                "Give one of its /etc/passwd, or leave user out."));
            case CWD ->
                neverRan(
                        NOT_EXECUTABLE,
                        JobError.user(
                                "bad_cwd",
                                "The working directory " + quoted(spec.cwd()) + " can't be entered (errno " + errno
                                        + ").",
                                "Give a directory of the guest that the user may enter, or leave cwd out."));
            case EXEC ->
                switch (errno) {
                    case ENOENT, ENOTDIR ->
                        neverRan(
                                NOT_FOUND,
                                JobError.user(
                                        "command_not_found",
                                        "The guest has no program " + quoted(program()) + ".",
                                        spec.argv().size() == 1 && program().contains(" ")
                                                ? "For a line of shell: sh -c 'LINE'."
                                                : "It is looked for in the guest's PATH; the program that a script's"
                                                        + " first line names must be there too."));
                    case EAGAIN, ENOMEM -> noResources(errno);
                    case E2BIG ->
                        neverRan(
                                NOT_EXECUTABLE,
                                JobError.user(
                                        "command_too_long",
                                        "The guest's kernel takes no argument or variable of more than 128 KiB, and no"
                                                + " more of all of them than a quarter of the stack's limit.",
                                        "Give it as stdin or in a file."));
                    default ->
                        neverRan(
                                NOT_EXECUTABLE,
                                JobError.user(
                                        "command_not_executable",
                                        "The program " + quoted(program()) + " can't be run (errno " + errno + ").",
                                        "It must be a file that the user may execute, made for the guest's"
                                                + " processor; for a script: sh FILE."));
                };
            case RESOURCES -> noResources(errno);
        };
    }

    private String program() {
        return spec.argv().getFirst();
    }

    private static String quoted(@Nullable String name) {
        String known = String.valueOf(name);
        return "'" + (known.length() > NAME_MOST ? known.substring(0, NAME_MOST) + "…" : known) + "'";
    }

    private Outcome noResources(int errno) {
        return neverRan(
                NOT_EXECUTABLE,
                JobError.user(
                        "guest_resources",
                        "The guest has no room for another process (errno " + errno + ").",
                        "End something in it, or give it more memory."));
    }

    private Outcome refused(ExecListener.Refusal why, String detail) {
        return switch (why) {
            case TABLE_FULL ->
                without(
                        JobState.FAILED,
                        JobError.user(
                                "too_many_execs", "The VM runs as many commands as it can.", "Wait for some to end."));
            case BAD_REQUEST ->
                without(JobState.FAILED, JobError.user("bad_request", "The guest refused it: " + detail, null));
            case SHUTTING_DOWN -> fate == LiveVm.Fate.DESTROYED ? vmDestroyed() : vmStopped();
            case UNKNOWN_EXEC, CHANNEL_IN_USE -> lost("The guest does not know it: " + detail);
        };
    }

    /// It never began, as there was nothing to run in.
    Outcome notRunning(VmRow vm) {
        if (vm.desired() == VmDesired.DESTROYED) {
            return without(
                    JobState.CANCELLED, JobError.user("vm_destroyed", "The VM was destroyed before this began.", null));
        }
        return without(
                JobState.FAILED,
                JobError.user("vm_not_running", "The VM does not run.", "Start it first: noid start NAME"));
    }

    /// Its VM ended while no worker watched. The row tells whether that was Noid's own doing, by a worker that died
    /// before it could tell what ran in it.
    Outcome vmGone(VmRow vm, long ranIn) {
        if (vm.desired() == VmDesired.DESTROYED) {
            return vmDestroyed();
        }
        boolean asked = vm.observed() == VmObserved.STOPPING
                || (vm.observed() == VmObserved.STOPPED
                        && (vm.reason() == null || vm.reason().equals(VmChange.UNSYNCED)));
        return asked && vm.generation() == ranIn ? vmStopped() : lost("The VM it ran in is gone.");
    }

    /// Its VM went back to a checkpoint, and what ran before that is no job's any more.
    Outcome restored(String checkpoint) {
        return without(JobState.CANCELLED, Refusals.restoredError(checkpoint));
    }

    private Outcome lost(String message) {
        return without(rerun ? JobState.RETRY_WAIT : JobState.LOST, JobError.host("vm_died", message));
    }

    /// The host ends its wait, not the guest its process.
    Outcome unanswered(boolean cancelled) {
        return without(
                cancelled ? JobState.CANCELLED : JobState.TIMED_OUT,
                new JobError(
                        "guest_unresponsive",
                        (cancelled ? "It was cancelled" : "Its time ran out")
                                + ", and the guest did not say in time that it has ended.",
                        "It is killed as soon as the guest answers; noid get NAME shows whether it does.",
                        JobError.Fault.HOST));
    }

    private Outcome cancelled() {
        return without(JobState.CANCELLED, JobError.user("cancelled", "It was cancelled before it began.", null));
    }

    private Outcome vmStopped() {
        return without(JobState.CANCELLED, stoppedError());
    }

    private Outcome vmDestroyed() {
        return without(JobState.CANCELLED, destroyedError());
    }

    private static JobError stoppedError() {
        return JobError.user("vm_stopped", "The VM was stopped while this ran.", null);
    }

    private static JobError destroyedError() {
        return JobError.user("vm_destroyed", "The VM was destroyed while this ran.", null);
    }

    private Outcome neverRan(int code, JobError error) {
        return new Outcome(JobState.FAILED, result(code, null, 0), null, error, timing);
    }

    /// How the process ended is not known; what it wrote is.
    private Outcome without(JobState state, JobError error) {
        return new Outcome(state, result(null, null, 0), null, error, timing);
    }

    private Outcome ended(JobState state, GuestExit exit, @Nullable JobError error) {
        long millis = exit.runTime().toMillis();
        ExecResult result =
                switch (exit) {
                    case GuestExit.Exited e -> result(e.code(), null, millis);
                    case GuestExit.Signalled e -> result(null, SignalNames.name(e.signal()), millis);
                    case GuestExit.NotStarted _ -> result(null, null, 0);
                };
        return new Outcome(state, result, null, error, timing);
    }

    private ExecResult result(@Nullable Integer code, @Nullable String signal, long millis) {
        return new ExecResult(code, signal, stdoutBytes, stderrBytes, partition, firstOffset, millis);
    }
}
