package dev.noid.standalone.supervisor;

import dev.noid.schema.Deadline;
import java.io.IOException;
import java.time.Duration;

/// One process to keep running.
///
/// @param port where it listens; 0: nowhere
/// @param launch makes the command, called before each start
/// @param readiness says when it serves
/// @param stopSignal asks it to end in order
/// @param stopWithin after that it is killed
public record Part(String name, int port, Launch launch, Readiness readiness, String stopSignal, Duration stopWithin) {

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

    /// How a start went.
    public sealed interface Answer {
        record Ready() implements Answer {}

        /// The process ended, or said nothing in time; another try can help.
        record NotReady() implements Answer {}

        /// No further try can help.
        record Hopeless(String why) implements Answer {}
    }
}
