package dev.noid.gateway.store;

import java.nio.file.Path;

/// @param url          `jdbc:postgresql://…`
/// @param passwordFile holds the password and nothing else; a final newline is ignored
public record DatabaseConfig(String url, String user, Path passwordFile) {}
