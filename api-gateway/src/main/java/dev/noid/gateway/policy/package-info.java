/// Which checkpoints are kept, and removing the others.
@NullMarked
package dev.noid.gateway.policy;

import org.jspecify.annotations.NullMarked;
