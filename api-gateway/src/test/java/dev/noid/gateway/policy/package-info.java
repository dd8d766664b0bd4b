@NullMarked
package dev.noid.gateway.policy;

import org.jspecify.annotations.NullMarked;
