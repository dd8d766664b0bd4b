/// One client that takes all it can get.
@NullMarked
package dev.noid.bench.flood;

import org.jspecify.annotations.NullMarked;
