/// Where the server is, who asks, and which VM is meant: flags, environment, `.noid`, configuration.
@NullMarked
package dev.noid.cli.settings;

import org.jspecify.annotations.NullMarked;
