@NullMarked
package dev.noid.worker.checkpoint;

import org.jspecify.annotations.NullMarked;
