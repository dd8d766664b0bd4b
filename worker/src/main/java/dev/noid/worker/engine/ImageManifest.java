package dev.noid.worker.engine;

import dev.noid.schema.Json;
import dev.noid.schema.Names;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// `image.json`, written last by who makes an image: what has it is whole.
public record ImageManifest(String name, String digest, String kernel, String os) {
    static final String FILE = "image.json";

    /// In the order in which the digest takes them.
    static final List<String> PARTS = List.of("kernel", "initrd", "rootfs");

    private static final String DIGEST = "sha256:[0-9a-f]{64}";

    public static ImageManifest read(Path image) throws IOException {
        JsonNode json;
        try {
            json = Json.records().readTree(Files.readAllBytes(image.resolve(FILE)));
        } catch (JacksonException e) {
            throw new IOException("image.json is no JSON", e);
        }
        ImageManifest manifest = new ImageManifest(
                json.path("name").asString(""),
                json.path("digest").asString(""),
                json.path("kernel").asString(""),
                json.path("os").asString(""));
        if (!Names.valid(manifest.name()) || !manifest.digest().matches(DIGEST)) {
            throw new IOException("image.json lacks a name or a digest, or they are no such");
        }
        return manifest;
    }

    /// Of the files as they are.
    static String digestOf(Path image) throws IOException {
        MessageDigest all = sha256();
        for (String part : PARTS) {
            MessageDigest one = sha256();
            try (InputStream in = Files.newInputStream(image.resolve(part))) {
                byte[] buffer = new byte[256 * 1024];
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    one.update(buffer, 0, count);
                }
            }
            all.update(HexFormat.of().formatHex(one.digest()).getBytes(StandardCharsets.US_ASCII));
        }
        return "sha256:" + HexFormat.of().formatHex(all.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException bug) {
            throw new IllegalStateException(bug);
        }
    }
}
