package dev.noid.cli.ws;

/// The server answered, and not with a WebSocket.
public final class HandshakeRefused extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    HandshakeRefused(int status) {
        super("HTTP " + status);
        this.status = status;
    }

    public int status() {
        return status;
    }
}
