@NullMarked
package dev.noid.gateway;

import org.jspecify.annotations.NullMarked;
