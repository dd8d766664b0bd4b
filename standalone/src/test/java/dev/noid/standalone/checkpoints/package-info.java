/// Checkpoints, restores and forks between gateway, database and the rows a worker writes.
@NullMarked
package dev.noid.standalone.checkpoints;

import org.jspecify.annotations.NullMarked;
