/// The only place with java.lang.foreign.
@NullMarked
package dev.noid.worker.host.ffi;

import org.jspecify.annotations.NullMarked;
