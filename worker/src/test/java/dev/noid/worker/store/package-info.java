@NullMarked
package dev.noid.worker.store;

import org.jspecify.annotations.NullMarked;
