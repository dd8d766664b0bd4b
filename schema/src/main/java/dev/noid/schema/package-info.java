/// The words all parts of Noid speak: ids, names, states, records on Kafka, bodies of the API.
@NullMarked
package dev.noid.schema;

import org.jspecify.annotations.NullMarked;
