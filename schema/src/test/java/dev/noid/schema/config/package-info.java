@NullMarked
package dev.noid.schema.config;

import org.jspecify.annotations.NullMarked;
