/// The clean pipe between this terminal and a process in a VM.
@NullMarked
package dev.noid.cli.exec;

import org.jspecify.annotations.NullMarked;
