/// The one Noid process on a host: takes commands, runs microVMs, says what happened.
@NullMarked
package dev.noid.worker;

import org.jspecify.annotations.NullMarked;
