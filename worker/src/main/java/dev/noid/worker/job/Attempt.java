package dev.noid.worker.job;

import dev.noid.worker.store.Unfinished;

/// One try of a job while it is in this process. [#run] or [#resume] is called once, on a virtual thread of its own.
sealed interface Attempt permits ExecAttempt, LifecycleAttempt {
    Assignment assignment();

    /// Claims it and does it.
    void run() throws InterruptedException;

    /// Goes on where an earlier start of this worker was.
    void resume(Unfinished work) throws InterruptedException;

    /// Somebody wants it ended. Returns at once; the outcome tells what came of it.
    void cancel();
}
