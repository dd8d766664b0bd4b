/// Checkpoints: memory, disk and devices of one VM at one moment.
@NullMarked
package dev.noid.schema.checkpoint;

import org.jspecify.annotations.NullMarked;
