/// Plain requests to the gateway.
@NullMarked
package dev.noid.cli.http;

import org.jspecify.annotations.NullMarked;
