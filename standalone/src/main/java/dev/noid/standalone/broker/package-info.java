/// Kafka from the broker's main jars: one KRaft node in a JVM of its own.
@NullMarked
package dev.noid.standalone.broker;

import org.jspecify.annotations.NullMarked;
