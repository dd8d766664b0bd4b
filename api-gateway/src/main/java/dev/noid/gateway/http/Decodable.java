package dev.noid.gateway.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/// Refuses a path or query that is not percent-encoded UTF-8, before anything else looks at it. What is behind takes
/// them apart where no route is known yet, and fails there as if it were a fault of ours.
final class Decodable implements HttpConfiguration.Customizer {
    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        String path = request.getHttpURI().getPath();
        if (!decodable(path)) {
            throw new HttpException.RuntimeException(400, JettyProblems.UNDECODABLE_PATH);
        }
        if (!decodable(request.getHttpURI().getQuery())) {
            throw new HttpException.RuntimeException(400, JettyProblems.UNDECODABLE_QUERY);
        }
        return request;
    }

    /// Whether each `%` has two digits behind it, and all bytes together are UTF-8 (which has no overlong forms)
    /// without a NUL.
    static boolean decodable(@Nullable String text) {
        if (text == null) {
            return true;
        }
        ByteBuffer bytes = ByteBuffer.allocate(3 * text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = digit(text, i + 1);
                int low = digit(text, i + 2);
                if (high < 0 || low < 0 || high + low == 0) {
                    return false;
                }
                bytes.put((byte) (high * 16 + low));
                i += 2;
            } else if (c < 0x80) {
                bytes.put((byte) c);
            } else {
                bytes.put(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        try {
            var _ = StandardCharsets.UTF_8.newDecoder().decode(bytes.flip());
            return true;
        } catch (CharacterCodingException _) {
            return false;
        }
    }

    private static int digit(String text, int at) {
        char c = at < text.length() ? text.charAt(at) : ' ';
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }
}
