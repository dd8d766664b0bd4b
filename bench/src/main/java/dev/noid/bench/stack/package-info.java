/// A Noid that is measured, and clients of it.
@NullMarked
package dev.noid.bench.stack;

import org.jspecify.annotations.NullMarked;
