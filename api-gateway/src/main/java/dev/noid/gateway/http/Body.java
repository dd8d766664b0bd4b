package dev.noid.gateway.http;

import dev.noid.gateway.submit.Refused;
import dev.noid.schema.Json;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A request's body: its bytes, and the JSON object they are.
record Body(byte[] bytes, JsonNode json) {
    static final int MOST = 1 << 20;
    /// A body that argv and env fill to their bounds has 12,300. A tree of more takes up to forty times its bytes.
    private static final int TOKENS_MOST = 20_000;

    /// In bytes. A larger one needs a place to be read, and is parsed apart.
    private static final int SMALL = 16 << 10;

    private static final JsonMapper MAPPER = Json.api();

    /// Throws [Refused]. No body at all is an empty object.
    static Body read(Context ctx) throws IOException, InterruptedException {
        long length = ctx.req().getContentLengthLong();
        if (length > MOST) {
            throw tooLarge();
        }
        if (length >= 0 && length <= SMALL) {
            return readWhole(ctx);
        }
        try (var _ = BodyPlaces.of(ctx).large(ctx)) {
            return readWhole(ctx);
        }
    }

    private static Body readWhole(Context ctx) throws IOException, InterruptedException {
        checkEncoding(ctx);
        byte[] bytes = BodyPlaces.of(ctx).bytes(ctx, MOST + 1);
        if (bytes.length > MOST) {
            throw tooLarge();
        }
        if (bytes.length == 0) {
            return new Body(bytes, MAPPER.createObjectNode());
        }
        checkType(ctx);
        JsonNode json =
                bytes.length <= SMALL ? parse(text(bytes)) : BodyPlaces.of(ctx).parsed(() -> parse(text(bytes)));
        return new Body(bytes, json);
    }

    private static void checkTokens(String text) {
        try (JsonParser parser = MAPPER.createParser(text)) {
            for (int tokens = 0; parser.nextToken() != null; tokens++) {
                if (tokens == TOKENS_MOST) {
                    throw new Refused(
                            413,
                            "body_too_large",
                            "Body too large",
                            "A body may have at most " + TOKENS_MOST + " JSON tokens.",
                            null);
                }
            }
        }
    }

    static JsonNode parse(String text) {
        JsonNode json;
        try {
            checkTokens(text);
            json = MAPPER.readTree(text);
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
            throw new Refused(
                    400,
                    "invalid_json",
                    "Not JSON",
                    "The body can't be read as JSON" + where + ": " + firstLine(e.getOriginalMessage()),
                    "send one JSON object");
        }
        if (!json.isObject()) {
            throw new Refused(
                    400,
                    "invalid_json",
                    "Not an object",
                    "The body is JSON, but not an object.",
                    "send one JSON object");
        }
        return json;
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new Refused(
                    400,
                    "invalid_utf8",
                    "Not UTF-8",
                    "The body is not valid UTF-8.",
                    "JSON is UTF-8; put bytes into a base64 field");
        }
    }

    private static void checkEncoding(Context ctx) {
        String encoding = ctx.header("Content-Encoding");
        if (encoding != null && !encoding.isBlank() && !encoding.strip().equalsIgnoreCase("identity")) {
            throw new Refused(
                    415,
                    "unsupported_content_encoding",
                    "Unsupported content encoding",
                    "The body is encoded as " + encoding + ".",
                    "send it as it is, without Content-Encoding");
        }
    }

    private static void checkType(Context ctx) {
        String type = ctx.req().getContentType();
        String bare = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!bare.equals("application/json")) {
            throw new Refused(
                    415,
                    "unsupported_media_type",
                    "Unsupported content type",
                    bare.isEmpty() ? "The body has no Content-Type." : "The body is " + bare + ".",
                    "send it with Content-Type: application/json");
        }
    }

    private static Refused tooLarge() {
        return new Refused(
                413,
                "body_too_large",
                "Body too large",
                "A body may have at most " + MOST + " bytes.",
                "stdin of any size goes over the WebSocket /jobs/{id}/stream");
    }

    private static String firstLine(String text) {
        // What follows in brackets names classes of ours and of the parser's.
        String line = text.lines().findFirst().orElse("").split(" \\((bound as|`)", 2)[0];
        return line.length() > 200 ? line.substring(0, 200) : line;
    }
}
