/// `noid up`: a supervisor over four processes (broker, Postgres, gateway, worker), all on loopback, all data
/// under one directory.
@NullMarked
package dev.noid.standalone;

import org.jspecify.annotations.NullMarked;
