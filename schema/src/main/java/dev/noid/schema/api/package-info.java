/// Bodies of the HTTP API, as written in openapi.yaml.
@NullMarked
package dev.noid.schema.api;

import org.jspecify.annotations.NullMarked;
