/// The migrations against the real server that `noid up` runs.
@NullMarked
package dev.noid.standalone.migrations;

import org.jspecify.annotations.NullMarked;
