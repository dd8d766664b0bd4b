/// All SQL of the gateway: records in and out.
@NullMarked
package dev.noid.gateway.store;

import org.jspecify.annotations.NullMarked;
