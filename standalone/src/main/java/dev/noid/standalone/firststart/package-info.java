/// What only the first start makes: passwords, the tenant, the admin token, the CLI's configuration.
@NullMarked
package dev.noid.standalone.firststart;

import org.jspecify.annotations.NullMarked;
