@NullMarked
package dev.noid.worker.job;

import org.jspecify.annotations.NullMarked;
