package dev.noid.standalone.supervisor;

import dev.noid.schema.Deadline;
import java.io.IOException;
import java.time.Duration;

/// One process to keep running.
///
/// @param port where it listens; 0: nowhere
/// @param launch makes the command, called before each start
/// @param readiness says when it serves
/// @param liveness says whether it still serves
/// @param stopSignal asks it to end in order
/// @param stopWithin after that it is killed
public record Part(
        String name,
        int port,
        Launch launch,
        Readiness readiness,
        Liveness liveness,
        String stopSignal,
        Duration stopWithin) {

    /// Makes the command. Standard error goes to the part's log; standard output too, unless [Readiness] reads it.
    @FunctionalInterface
    public interface Launch {
        ProcessBuilder command() throws IOException;
    }

    /// Waits until the process serves.
    @FunctionalInterface
    public interface Readiness {
        Answer await(Process process, Deadline deadline) throws IOException, InterruptedException;
    }

    /// How a part that has served is seen to hang. One check that fails proves little on a busy machine, and a part
    /// that only waits for another one still answers: what is asked here needs no other part.
    ///
    /// @param every  between two checks
    /// @param patience of one check
    /// @param misses this many checks in a row without an answer: it is ended, and started again
    public record Liveness(Check check, Duration every, Duration patience, int misses) {
        /// A part that hangs is ended after 30 to 45 s.
        public static Liveness of(Check check) {
            return new Liveness(check, Duration.ofSeconds(10), Duration.ofSeconds(5), 3);
        }
    }

    /// Asks a part for any answer at all.
    @FunctionalInterface
    public interface Check {
        /// False also when it can't be asked; true when it can't be known.
        boolean answers(Duration patience);
    }

    /// How a start went.
    public sealed interface Answer {
        record Ready() implements Answer {}

        /// The process ended, or said nothing in time; another try can help.
        record NotReady() implements Answer {}

        /// No further try can help.
        record Hopeless(String why) implements Answer {}
    }
}
