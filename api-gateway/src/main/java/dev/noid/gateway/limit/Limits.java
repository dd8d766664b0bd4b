package dev.noid.gateway.limit;

import java.time.Duration;

/// The bounds of what clients may hold of a gateway, all in one place. They are made for the smallest heap that is
/// tested, 128 MiB, and one token never gets all of anything, so that one client can't take the gateway away from the
/// others.
///
/// @param requests        answered at once, those that wait (`Prefer: wait`, `?wait=`) and follow output among them;
/// a                        virtual thread and some tens of kilobytes each
/// @param sockets         WebSockets open at once
/// @param readers         of output and logs at once; each may hold up to about 2 MiB
/// @param bodies          of more than 16 KiB being read or parsed at once; each may hold some 10 MiB for a moment
/// @param bodyPatience    for a place among the bodies
/// @param bodyWhole       by when a body has come whole, however slowly its bytes drip
/// @param signals         of WebSockets on their way to their processes at once; each goes over Kafka and back
/// @param signalPatience  for a place among the signals
/// @param signalsWaiting  of one WebSocket, behind the one that is being delivered
/// @param ping            how often a WebSocket is asked whether its client is there
/// @param silence         after which a WebSocket's client that said nothing, not even a pong, is taken for dead
public record Limits(
        Share requests,
        Share sockets,
        Share readers,
        Share bodies,
        Duration bodyPatience,
        Duration bodyWhole,
        Share signals,
        Duration signalPatience,
        int signalsWaiting,
        Duration ping,
        Duration silence) {

    /// Of one kind of thing: at once by one token, and by all together.
    public record Share(int perToken, int all) {}

    public static final Limits DEFAULT = new Limits(
            new Share(256, 1_024),
            new Share(100, 400),
            new Share(24, 32),
            new Share(4, 8),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            new Share(1, 16),
            Duration.ofSeconds(30),
            8,
            // Proxies and NATs forget silent connections after a minute at the earliest.
            Duration.ofSeconds(20),
            // Two pings, and time for the second answer.
            Duration.ofSeconds(50));
}
