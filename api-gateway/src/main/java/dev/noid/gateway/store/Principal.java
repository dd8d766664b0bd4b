package dev.noid.gateway.store;

import java.util.Set;

/// Who asks.
///
/// @param scopes of `read`, `exec`, `admin`
public record Principal(String tenant, String token, Set<String> scopes) {}
