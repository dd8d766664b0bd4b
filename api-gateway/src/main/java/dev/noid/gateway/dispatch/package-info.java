/// Commands and input to Kafka, repeated until the row has moved on.
@NullMarked
package dev.noid.gateway.dispatch;

import org.jspecify.annotations.NullMarked;
