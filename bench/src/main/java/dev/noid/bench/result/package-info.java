/// What was measured, the goals, and how both are shown.
@NullMarked
package dev.noid.bench.result;

import org.jspecify.annotations.NullMarked;
