@NullMarked
package dev.noid.system;

import org.jspecify.annotations.NullMarked;
