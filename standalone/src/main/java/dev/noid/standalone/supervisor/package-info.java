/// Keeps parts running: starts, restarts, stops in order, and writes down what it sees.
@NullMarked
package dev.noid.standalone.supervisor;

import org.jspecify.annotations.NullMarked;
