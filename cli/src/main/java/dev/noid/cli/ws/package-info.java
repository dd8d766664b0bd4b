/// A WebSocket of blocking reads and writes, over the library Java-WebSocket.
@NullMarked
package dev.noid.cli.ws;

import org.jspecify.annotations.NullMarked;
