package dev.noid.bench;

import java.io.IOException;

/// A Ctrl-C ends the stack too: its parts have sessions of their own and would run on.
final class Interruption implements AutoCloseable {
    private final Thread hook;

    private Interruption(Thread hook) {
        this.hook = hook;
    }

    static Interruption ends(AutoCloseable stack) {
        Thread hook = new Thread(() -> close(stack), "interruption");
        Runtime.getRuntime().addShutdownHook(hook);
        return new Interruption(hook);
    }

    private static void close(AutoCloseable stack) {
        try {
            stack.close();
        } catch (IOException | RuntimeException failed) {
            System.err.println("not everything could be ended: " + failed);
        } catch (Exception bug) {
            throw new IllegalStateException(bug);
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            return; // it is running
        }
    }
}
