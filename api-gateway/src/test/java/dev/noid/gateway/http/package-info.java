@NullMarked
package dev.noid.gateway.http;

import org.jspecify.annotations.NullMarked;
