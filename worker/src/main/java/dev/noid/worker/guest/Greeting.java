package dev.noid.worker.guest;

/// How the agent met the host.
public enum Greeting {
    READY,
    /// The guest has seen a later generation: this VMM is not ours any more.
    OLD_GENERATION,
    OTHER_PROTOCOL,
    /// Nothing, or nothing that makes sense, until the deadline.
    NO_ANSWER
}
