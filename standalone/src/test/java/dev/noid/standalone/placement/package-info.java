/// The gateway's decisions over a real database. Here, because this module alone has both.
@NullMarked
package dev.noid.standalone.placement;

import org.jspecify.annotations.NullMarked;
