/// Jobs: what can be asked for, the states it goes through, how it can end.
@NullMarked
package dev.noid.schema.job;

import org.jspecify.annotations.NullMarked;
