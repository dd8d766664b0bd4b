package dev.noid.schema.config;

/// Which file says how this process logs. Several of our processes share one class path, so none of them has a file
/// under the usual name there, and each names its own.
public final class LogConfig {
    private static final String PROPERTY = "logback.configurationFile";

    private LogConfig() {}

    /// To be called before the first logger is made. `-Dlogback.configurationFile` on the command line wins.
    ///
    /// @param resource on the class path
    public static void use(String resource) {
        if (System.getProperty(PROPERTY) == null) {
            System.setProperty(PROPERTY, resource);
        }
    }
}
