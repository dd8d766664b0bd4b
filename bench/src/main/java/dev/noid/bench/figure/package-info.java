/// The figures, each beside its bare mechanism.
@NullMarked
package dev.noid.bench.figure;

import org.jspecify.annotations.NullMarked;
