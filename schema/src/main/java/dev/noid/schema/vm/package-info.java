/// MicroVMs: desired and observed state.
@NullMarked
package dev.noid.schema.vm;

import org.jspecify.annotations.NullMarked;
