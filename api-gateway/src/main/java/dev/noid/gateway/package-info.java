/// The API gateway: people's requests become jobs and commands, events and output become replies.
@NullMarked
package dev.noid.gateway;

import org.jspecify.annotations.NullMarked;
