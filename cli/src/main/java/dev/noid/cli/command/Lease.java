package dev.noid.cli.command;

import dev.noid.cli.http.Answer;
import dev.noid.cli.http.Api;
import dev.noid.cli.http.Call;
import dev.noid.schema.api.ChangeVm;
import java.time.Duration;

/// Keeps a VM while this process lives: renews its lease until it is closed. Killed, it renews no more, and the VM is
/// destroyed when the lease is over.
final class Lease implements AutoCloseable {
    private static final Duration OFTEN = Duration.ofSeconds(10);
    private static final Duration SOON = Duration.ofSeconds(1);

    private final Api api;
    private final Call renew;
    private final Duration every;
    private final Thread thread;

    private Lease(Api api, String vm, int seconds) {
        this.api = api;
        this.renew = Call.patch("/vms/" + vm, new ChangeVm(null, null, seconds, null));
        Duration quarter = Duration.ofSeconds(seconds).dividedBy(4);
        this.every = quarter.compareTo(OFTEN) < 0 ? quarter : OFTEN;
        this.thread = Thread.ofVirtual().name("lease").unstarted(this::run);
    }

    /// @param seconds as it was asked for when the VM was made
    static Lease keep(Api api, String vm, int seconds) {
        Lease lease = new Lease(api, vm, seconds);
        lease.thread.start();
        return lease;
    }

    private void run() {
        try {
            Duration next = every;
            while (true) {
                Thread.sleep(next);
                switch (api.attempt(renew)) {
                    case Answer.Done _ -> next = every;
                    case Answer.Refused refused -> {
                        if (refused.problem().status() == 404
                                || refused.problem().status() == 409) {
                            return; // it is gone, or going
                        }
                        next = sooner();
                    }
                    case Answer.Unreachable _ -> next = sooner();
                }
            }
        } catch (InterruptedException _) {
            // close()
        }
    }

    private Duration sooner() {
        return every.compareTo(SOON) < 0 ? every : SOON;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
