package dev.noid.worker.guest;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.record.Stream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The execs that a session holds, each on a channel of its own, and those its guest says it has. Numbers are not
/// used twice in a session. Guarded by the outbox's lock, which each method takes.
final class ExecChannels {
    private final Outbox outbox;
    private final SessionWishes wishes;
    private final Map<Integer, ExecChannel> byNumber = new HashMap<>();
    private volatile Set<ExecId> known = Set.of();
    private int last;
    private int protocol = Hello.PROTOCOL;

    ExecChannels(Outbox outbox, SessionWishes wishes) {
        this.outbox = outbox;
        this.wishes = wishes;
    }

    /// As the guest said when it was greeted.
    Set<ExecId> known() {
        return known;
    }

    GuestExec start(ExecId id, JobSpec.Exec spec, ExecListener listener) {
        outbox.lock.lock();
        try {
            ExecChannel exec = ExecChannel.starting(id, spec, !mayKnow(id), ++last, listener, outbox);
            Optional<String> problem = exec.problem(protocol);
            if (problem.isPresent()) {
                String detail = problem.get();
                exec.end();
                Thread.startVirtualThread(() -> listener.refused(ExecListener.Refusal.BAD_REQUEST, detail));
                return exec;
            }
            return add(exec);
        } finally {
            outbox.lock.unlock();
        }
    }

    GuestExec attach(ExecId id, ExecListener listener) {
        outbox.lock.lock();
        try {
            return add(ExecChannel.attaching(id, ++last, listener, outbox));
        } finally {
            outbox.lock.unlock();
        }
    }

    void forget(ExecId id) {
        outbox.lock.lock();
        try {
            remove(id);
            if (wishes.forget(++last, id)) {
                outbox.wants(wishes);
            } else {
                outbox.wantsSoon(wishes);
            }
        } finally {
            outbox.lock.unlock();
        }
    }

    /// See [Guest#abandon].
    void abandon(ExecId id) {
        outbox.lock.lock();
        try {
            Optional<ExecChannel> held = of(id);
            if (held.isPresent() && held.get().unheardOf()) {
                remove(id);
                return;
            }
            add(ExecChannel.attaching(id, ++last, new Stray(id, this), outbox)).kill(Duration.ZERO);
        } finally {
            outbox.lock.unlock();
        }
    }

    /// What an abandoned exec wrote is nobody's.
    void acknowledge(ExecId id, Stream stream, long offset) {
        outbox.lock.lock();
        try {
            of(id).ifPresent(exec -> exec.acknowledge(stream, offset));
        } finally {
            outbox.lock.unlock();
        }
    }

    /// The guest does not have it.
    void drop(ExecId id) {
        outbox.lock.lock();
        try {
            remove(id);
        } finally {
            outbox.lock.unlock();
        }
    }

    private Optional<ExecChannel> of(ExecId id) {
        return byNumber.values().stream().filter(exec -> exec.id.equals(id)).findFirst();
    }

    Optional<ExecChannel> at(int number) {
        outbox.lock.lock();
        try {
            return Optional.ofNullable(byNumber.get(number));
        } finally {
            outbox.lock.unlock();
        }
    }

    /// Nothing of what was held is this guest's any more. Whoever holds those execs ends them.
    void leave() {
        outbox.lock.lock();
        try {
            known = Set.of();
            byNumber.values().forEach(ExecChannel::leave);
            byNumber.clear();
        } finally {
            outbox.lock.unlock();
        }
    }

    /// Another guest is here, which has none of them: those that were open, for their listeners to be told.
    List<ExecChannel> end() {
        outbox.lock.lock();
        try {
            List<ExecChannel> gone =
                    byNumber.values().stream().filter(ExecChannel::open).toList();
            gone.forEach(ExecChannel::end);
            byNumber.clear();
            return gone;
        } finally {
            outbox.lock.unlock();
        }
    }

    /// Everything held is opened again in a new connection.
    ///
    /// @param theirs execs the guest has
    /// @param spoken the protocol it answers in
    void reopen(Set<ExecId> theirs, int spoken) {
        outbox.lock.lock();
        try {
            known = theirs;
            protocol = spoken;
            byNumber.values().forEach(ExecChannel::reopen);
        } finally {
            outbox.lock.unlock();
        }
    }

    /// Whether the guest has it already: from an earlier session, or from earlier in this one.
    private boolean mayKnow(ExecId id) {
        return known.contains(id) || of(id).isPresent();
    }

    private GuestExec add(ExecChannel exec) {
        remove(exec.id);
        byNumber.put(exec.number, exec);
        outbox.wants(exec);
        return exec;
    }

    private void remove(ExecId id) {
        byNumber.values().removeIf(exec -> {
            boolean same = exec.id.equals(id);
            if (same) {
                outbox.noLonger(exec);
            }
            return same;
        });
    }
}
