package dev.noid.gateway;

import dev.noid.gateway.policy.Keep;
import dev.noid.gateway.store.DatabaseConfig;
import dev.noid.schema.config.ConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a gateway has to be told.
///
/// @param listenPort 0 takes a free one
/// @param kafka      bootstrap servers, `host:port,…`
/// @param partitions that topics get when this gateway is the one that makes them
public record GatewayConfig(
        String listenHost, int listenPort, String kafka, DatabaseConfig database, int partitions, Keep keep) {

    /// Throws [dev.noid.schema.config.ConfigException] with all problems.
    public static GatewayConfig from(ConfigReader reader) {
        String listen = reader.string("listen", "127.0.0.1:7070");
        int colon = listen.lastIndexOf(':');
        int port = colon < 1 ? -1 : port(listen.substring(colon + 1));
        if (port < 0) {
            reader.problem("listen is '" + listen + "', but must be host:port with a port from 0 to 65535");
        }
        String url = reader.required("database_url");
        if (!url.isEmpty() && !url.startsWith("jdbc:postgresql:")) {
            reader.problem("database_url is '" + url + "', but must begin with jdbc:postgresql:");
        }
        Path password = Path.of(reader.required("database_password_file"));
        if (!password.toString().isEmpty() && !Files.isReadable(password)) {
            reader.problem("database_password_file " + password + " can't be read");
        }
        GatewayConfig config = new GatewayConfig(
                colon < 1 ? "" : listen.substring(0, colon),
                Math.max(0, port),
                reader.required("kafka"),
                new DatabaseConfig(url, reader.string("database_user", "noid_gateway"), password),
                (int) reader.integer("partitions", 8, 1, 1_000),
                Keep.from(reader));
        reader.finish();
        return config;
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            return port <= 65_535 ? port : -1;
        } catch (NumberFormatException _) {
            return -1;
        }
    }
}
