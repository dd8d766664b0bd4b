@NullMarked
package dev.noid.schema.job;

import org.jspecify.annotations.NullMarked;
