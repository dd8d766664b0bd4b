package dev.noid.cli.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import org.jspecify.annotations.Nullable;

/// What came back for one request.
///
/// @param type     of the body, as its sender says it
/// @param location where a redirect leads to
record Reply(
        int status,
        byte[] body,
        @Nullable String type,
        @Nullable String location) {
    static Reply of(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 && status >= 0 ? connection.getInputStream() : connection.getErrorStream()) {
            return new Reply(
                    status,
                    in == null ? new byte[0] : in.readAllBytes(),
                    connection.getContentType(),
                    connection.getHeaderField("Location"));
        }
    }

    boolean good() {
        return status >= 200 && status < 300;
    }
}
