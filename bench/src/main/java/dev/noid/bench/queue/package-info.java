/// Other ways to bring a job to somebody and its answer back.
@NullMarked
package dev.noid.bench.queue;

import org.jspecify.annotations.NullMarked;
