@NullMarked
package dev.noid.standalone.database;

import org.jspecify.annotations.NullMarked;
