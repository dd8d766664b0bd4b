package dev.noid.worker.guest;

/// Numbers of frame types, both ways.
final class FrameType {
    static final int HELLO = 0x01;
    static final int EXEC = 0x02;
    static final int ATTACH = 0x03;
    static final int STDIN = 0x04;
    static final int STDIN_EOF = 0x05;
    static final int SIGNAL = 0x06;
    static final int OUTPUT_ACK = 0x07;
    static final int FORGET = 0x08;
    static final int KILL = 0x09;
    static final int PING = 0x0a;
    static final int SHUTDOWN = 0x0b;
    static final int QUIESCE = 0x0c;
    static final int THAW = 0x0d;
    static final int REINIT = 0x0e;
    static final int EXEC_PART = 0x0f;

    static final int HELLO_OK = 0x81;
    static final int STARTED = 0x82;
    static final int OUTPUT = 0x83;
    static final int STDIN_ACK = 0x84;
    static final int EXITED = 0x85;
    static final int SIGNALLED = 0x86;
    static final int REFUSED = 0x87;
    static final int PONG = 0x88;
    static final int FORGOTTEN = 0x89;
    static final int QUIESCED = 0x8a;
    static final int THAWED = 0x8b;
    static final int REINIT_OK = 0x8c;
    static final int LOG = 0x8d;

    private FrameType() {}
}
