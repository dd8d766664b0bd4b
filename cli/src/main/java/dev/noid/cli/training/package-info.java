/// One run through the usual commands at build time, so that the JVM can keep what it loaded (an AOT cache).
@NullMarked
package dev.noid.cli.training;

import org.jspecify.annotations.NullMarked;
