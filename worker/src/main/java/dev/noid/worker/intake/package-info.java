/// Commands and input from Kafka, decoded and handed over.
@NullMarked
package dev.noid.worker.intake;

import org.jspecify.annotations.NullMarked;
