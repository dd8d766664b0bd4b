/// `noid bench`: how fast it is, beside the bare mechanisms it is made of.
@NullMarked
package dev.noid.bench;

import org.jspecify.annotations.NullMarked;
