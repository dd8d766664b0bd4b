@NullMarked
package dev.noid.gateway.ws;

import org.jspecify.annotations.NullMarked;
