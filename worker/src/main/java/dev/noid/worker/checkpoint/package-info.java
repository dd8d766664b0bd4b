/// Saved VMs on this host's disk: whole and durable, or not there.
@NullMarked
package dev.noid.worker.checkpoint;

import org.jspecify.annotations.NullMarked;
