package dev.noid.worker.guest;

/// One frame as it came, checked but not understood. `docs/agent-protocol.md`, "Frame".
record Frame(int session, int channel, int type, byte[] payload) {}
