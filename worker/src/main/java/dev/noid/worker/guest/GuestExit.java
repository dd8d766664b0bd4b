package dev.noid.worker.guest;

import java.time.Duration;

/// How a process in a guest ended, as the agent tells it.
public sealed interface GuestExit {
    long stdoutBytes();

    long stderrBytes();

    Duration runTime();

    Why why();

    record Exited(int code, Why why, long stdoutBytes, long stderrBytes, Duration runTime) implements GuestExit {}

    record Signalled(int signal, Why why, long stdoutBytes, long stderrBytes, Duration runTime) implements GuestExit {}

    /// The program never ran.
    record NotStarted(Stage stage, int errno) implements GuestExit {
        @Override
        public long stdoutBytes() {
            return 0;
        }

        @Override
        public long stderrBytes() {
            return 0;
        }

        @Override
        public Duration runTime() {
            return Duration.ZERO;
        }

        @Override
        public Why why() {
            return Why.BY_ITSELF;
        }
    }

    enum Why {
        BY_ITSELF,
        TIMEOUT,
        KILLED,
        /// By the guest's kernel, for want of memory.
        OUT_OF_MEMORY
    }

    enum Stage {
        USER,
        CWD,
        EXEC,
        RESOURCES
    }
}
