package dev.noid.bench.flood;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/// A kind of message that one client sends as often as it can.
public enum Attack {
    SIGNALS {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            frames(client, job, pace, TEXT, text("{\"type\":\"signal\",\"signal\":\"URG\"}"));
        }
    },
    ENDS_OF_STDIN {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            frames(client, job, pace, TEXT, text("{\"type\":\"eof\",\"offset\":0}"));
        }
    },
    STDIN_FAR_BEYOND_THE_GRANT {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            ByteBuffer far = ByteBuffer.allocate(STDIN_HEADER + PIECE).putLong(1, Long.MAX_VALUE - PIECE);
            frames(client, job, pace, BINARY, far.array());
        }
    },
    THE_SAME_STDIN {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            frames(client, job, pace, BINARY, new byte[STDIN_HEADER + PIECE]);
        }
    },
    GARBAGE {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            frames(client, job, pace, TEXT, text("{"));
        }
    },
    PINGS {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            frames(client, job, pace, PING, new byte[CONTROL_MOST]);
        }
    },
    PONGS {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            frames(client, job, pace, PONG, new byte[CONTROL_MOST]);
        }
    },
    SOCKETS {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            client.upgrade(stream(job));
        }
    },
    READERS {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            client.request("GET /jobs/" + job + "/output?follow=true", "");
        }
    },
    WAITS {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            client.request("GET /jobs/" + job + "?wait=60", "");
        }
    },
    LISTS {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            for (int i = 0; i < MESSAGES && pace.next(); i++) {
                client.request("GET /jobs?limit=200", "");
            }
        }
    },
    SIGNALS_BY_REQUEST {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            body(client, "/jobs/" + job + "/signal", text("{\"signal\":\"URG\"}"), 1);
        }
    },
    LARGE_BODIES {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            body(client, "/vms/" + VM + "/exec", blank(), 1);
        }
    },
    BODIES_THAT_STOP_HALF_WAY {
        @Override
        void on(RawClient client, String job, Pace pace) throws IOException {
            body(client, "/vms/" + VM + "/exec", blank(), 2);
        }
    };

    /// Whose command is being streamed.
    public static final String VM = "bench-loud";

    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int PING = 9;
    private static final int PONG = 10;
    /// RFC 6455, 5.5.
    private static final int CONTROL_MOST = 125;
    /// Of one connection.
    private static final int MESSAGES = 10_000;
    /// The kind, and the offset.
    private static final int STDIN_HEADER = 9;
    private static final int PIECE = 32 << 10;

    /// Sends on a new connection until the server or the pace ends it; the connection stays open.
    abstract void on(RawClient client, String job, Pace pace) throws IOException;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static void frames(RawClient client, String job, Pace pace, int opcode, byte[] payload) throws IOException {
        client.upgrade(stream(job));
        byte[] frame = RawClient.frame(opcode, payload);
        for (int i = 0; i < MESSAGES && pace.next(); i++) {
            client.send(frame);
        }
    }

    /// @param part of the body that is sent, as a divisor
    private static void body(RawClient client, String path, byte[] body, int part) throws IOException {
        client.request("POST " + path, "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n");
        client.send(Arrays.copyOf(body, body.length / part));
    }

    /// As large as a body may be.
    private static byte[] blank() {
        byte[] body = new byte[1 << 20];
        Arrays.fill(body, (byte) ' ');
        return body;
    }

    private static String stream(String job) {
        return "/jobs/" + job + "/stream";
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
