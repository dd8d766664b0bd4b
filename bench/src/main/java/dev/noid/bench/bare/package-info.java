/// QEMU with Noid's agent and nothing else.
@NullMarked
package dev.noid.bench.bare;

import org.jspecify.annotations.NullMarked;
