/// Routes: bodies checked, tenant from the token, problems out.
@NullMarked
package dev.noid.gateway.http;

import org.jspecify.annotations.NullMarked;
