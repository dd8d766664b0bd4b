package dev.noid.cli.command;

import dev.noid.cli.Failure;

/// What is said when a command of the supervisor is asked of the CLI alone.
final class StackWords {
    private StackWords() {}

    static Failure notHere(String word, String[] words) {
        return Failure.failed(
                "the CLI alone does not know the stack of this machine",
                "run the launcher: ./noid " + (word + " " + String.join(" ", words)).strip());
    }
}
