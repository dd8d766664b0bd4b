/// How much of the gateway one client may have.
@NullMarked
package dev.noid.gateway.limit;

import org.jspecify.annotations.NullMarked;
