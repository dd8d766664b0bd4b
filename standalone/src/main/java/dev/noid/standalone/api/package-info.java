/// The few calls that the supervisor makes to its own gateway.
@NullMarked
package dev.noid.standalone.api;

import org.jspecify.annotations.NullMarked;
