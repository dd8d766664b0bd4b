@NullMarked
package dev.noid.schema.record;

import org.jspecify.annotations.NullMarked;
