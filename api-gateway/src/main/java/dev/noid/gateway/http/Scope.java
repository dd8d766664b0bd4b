package dev.noid.gateway.http;

import java.util.Locale;

/// What a token has to allow. `admin` includes the others; an open route needs no token.
public enum Scope {
    OPEN,
    READ,
    EXEC,
    ADMIN;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
