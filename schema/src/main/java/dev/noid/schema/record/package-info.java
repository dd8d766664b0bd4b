/// What travels on Kafka: topics, commands, events, output and input, and the codec between them and bytes.
@NullMarked
package dev.noid.schema.record;

import org.jspecify.annotations.NullMarked;
