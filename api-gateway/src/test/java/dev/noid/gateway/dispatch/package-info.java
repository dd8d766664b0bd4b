@NullMarked
package dev.noid.gateway.dispatch;

import org.jspecify.annotations.NullMarked;
