/// Configuration of a process: read once, checked whole, all problems said together.
@NullMarked
package dev.noid.schema.config;

import org.jspecify.annotations.NullMarked;
