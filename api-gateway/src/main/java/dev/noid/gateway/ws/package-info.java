/// The WebSocket of one exec: output down, stdin up.
@NullMarked
package dev.noid.gateway.ws;

import org.jspecify.annotations.NullMarked;
