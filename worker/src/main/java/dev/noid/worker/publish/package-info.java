/// Events and output to Kafka.
@NullMarked
package dev.noid.worker.publish;

import org.jspecify.annotations.NullMarked;
