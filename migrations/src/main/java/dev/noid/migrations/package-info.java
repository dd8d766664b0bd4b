/// Brings a database to the newest schema: Flyway's SQL, the tables of legal steps, and the two roles' passwords.
@NullMarked
package dev.noid.migrations;

import org.jspecify.annotations.NullMarked;
