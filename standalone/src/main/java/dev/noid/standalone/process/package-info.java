/// Processes of this machine, told apart by more than their pid.
@NullMarked
package dev.noid.standalone.process;

import org.jspecify.annotations.NullMarked;
