/// One class a command.
@NullMarked
package dev.noid.cli.command;

import org.jspecify.annotations.NullMarked;
