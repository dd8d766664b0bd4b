/// The VMs of this host: their directories, their records, their life.
@NullMarked
package dev.noid.worker.vm;

import org.jspecify.annotations.NullMarked;
