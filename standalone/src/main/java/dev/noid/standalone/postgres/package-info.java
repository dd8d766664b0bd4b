/// PostgreSQL from its binaries: unpacked once, initialised with passwords, run with fsync on.
@NullMarked
package dev.noid.standalone.postgres;

import org.jspecify.annotations.NullMarked;
