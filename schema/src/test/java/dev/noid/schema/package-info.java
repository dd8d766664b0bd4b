@NullMarked
package dev.noid.schema;

import org.jspecify.annotations.NullMarked;
