/// What people and scripts get to see.
@NullMarked
package dev.noid.cli.print;

import org.jspecify.annotations.NullMarked;
