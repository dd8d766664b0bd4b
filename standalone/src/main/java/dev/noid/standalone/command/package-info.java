/// What a person types: up, down, status.
@NullMarked
package dev.noid.standalone.command;

import org.jspecify.annotations.NullMarked;
