/// Which host does a waiting job, and when. Postgres decides; this package asks it.
@NullMarked
package dev.noid.gateway.placement;

import org.jspecify.annotations.NullMarked;
