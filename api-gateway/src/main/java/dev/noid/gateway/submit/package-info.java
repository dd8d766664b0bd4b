/// One request becomes one job, in one transaction.
@NullMarked
package dev.noid.gateway.submit;

import org.jspecify.annotations.NullMarked;
