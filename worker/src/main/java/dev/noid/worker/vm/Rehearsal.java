package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.guest.Guest;
import dev.noid.worker.guest.GuestExec;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What a guest does for the first time is slow: it reads its disk, and an emulated processor translates it. So it does
/// that once for nobody.
final class Rehearsal {
    private static final String NOBODY = "rehearsal";
    /// What most begin with: a program that says something, and a shell with processes and a directory. Under
    /// emulation the first such one took 4 and 38 ms longer than the next, after any number of `true`.
    private static final List<JobSpec.Exec> USUAL =
            List.of(exec("echo", "-"), exec("sh", "-c", "echo - | cat; echo - >&2; ls / >/dev/null"));

    private final Identities identities = new Identities();

    /// Becomes somebody else, as it will when it is loaded, and runs something. False when it did not.
    boolean whole(Guest guest, String vm, Duration time) {
        Deadline deadline = Deadline.after(time);
        return becomeAnother(guest, NOBODY, deadline) && run(guest, vm, 1, deadline);
    }

    /// Nothing random that it had is in it afterwards. False when it did not happen.
    boolean becomeAnother(Guest guest, String hostname, Deadline deadline) {
        if (!guest.quiesce(deadline.left())) {
            return false;
        }
        try {
            return guest.reinit(identities.fork(hostname), deadline.left());
        } finally {
            guest.thaw();
        }
    }

    /// Runs something harmless, one after the other, and leaves no trace of it. False when one did not end; a program
    /// that the image does not have is no reason.
    boolean run(Guest guest, String vm, int times, Deadline deadline) {
        for (int i = 0; i < times * USUAL.size(); i++) {
            ExecId id = new ExecId("job-" + vm, i + 1);
            ExerciseEnd end = new ExerciseEnd();
            GuestExec _ = guest.start(id, USUAL.get(i % USUAL.size()), end);
            boolean ran = end.within(deadline.left());
            guest.forget(id);
            if (!ran) {
                return false;
            }
        }
        return guest.ping(deadline.left());
    }

    private static JobSpec.Exec exec(String... argv) {
        return new JobSpec.Exec(List.of(argv), Map.of(), null, null, null, false, 0, 0, 1024, false);
    }
}
