@NullMarked
package dev.noid.worker.vm;

import org.jspecify.annotations.NullMarked;
