@NullMarked
package dev.noid.gateway.live;

import org.jspecify.annotations.NullMarked;
