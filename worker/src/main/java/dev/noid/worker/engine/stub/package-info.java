/// No VM, but a real process and directory per VM, for tests and control-plane benchmarks.
@NullMarked
package dev.noid.worker.engine.stub;

import org.jspecify.annotations.NullMarked;
