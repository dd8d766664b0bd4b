/// The command line: words in, API calls out, answers printed.
@NullMarked
package dev.noid.cli;

import org.jspecify.annotations.NullMarked;
