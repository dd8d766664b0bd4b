/// What workers say back: events wake who waits, output is read from where it starts.
@NullMarked
package dev.noid.gateway.live;

import org.jspecify.annotations.NullMarked;
