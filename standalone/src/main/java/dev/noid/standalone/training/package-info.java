/// One stack that runs for nothing but the start-up caches of the next ones.
@NullMarked
package dev.noid.standalone.training;

import org.jspecify.annotations.NullMarked;
