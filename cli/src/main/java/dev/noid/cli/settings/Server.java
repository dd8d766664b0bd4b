package dev.noid.cli.settings;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/// A gateway and who asks it.
///
/// @param base without a slash at the end
public record Server(URI base, @Nullable String token) {
    public URI resolve(String path) {
        return URI.create(base + path);
    }
}
