/// How VMs are run. Knows nothing of Kafka, jobs or rows.
@NullMarked
package dev.noid.worker.engine;

import org.jspecify.annotations.NullMarked;
