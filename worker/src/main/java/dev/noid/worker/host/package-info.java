/// Processes, locks and files of this host.
@NullMarked
package dev.noid.worker.host;

import org.jspecify.annotations.NullMarked;
