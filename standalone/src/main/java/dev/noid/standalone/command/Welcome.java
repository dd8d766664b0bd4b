package dev.noid.standalone.command;

import dev.noid.standalone.DataRoot;
import dev.noid.standalone.api.ApiClient;
import dev.noid.standalone.firststart.CliConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// What somebody needs to know after `up`: where the API is, how the CLI finds it, and what the VMs do not promise.
final class Welcome {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final String NONE =
            "Note: no KVM is in use here. QEMU's emulation isolates nothing: do not run code you do not trust.\n";

    private final DataRoot root;
    private final String url;
    private final String token;
    private final Path tokenFile;
    private String cli = "";

    Welcome(DataRoot root, String url, String token, Path tokenFile) {
        this.root = root;
        this.url = url;
        this.token = token;
        this.tokenFile = tokenFile;
    }

    /// A stack writes its own file always, and the user's when that is free or its own. One that can't be read or
    /// written is said, and no reason to end a stack that serves.
    void configureCli(Map<String, String> environment) throws IOException {
        new CliConfig(root.path().resolve("cli.toml")).replace(url, token);
        CliConfig users = CliConfig.of(environment);
        try {
            cli = users.use(url, token)
                    ? "CLI:  " + users.file() + " points here\n"
                    : "CLI:  " + users.file() + " is for another server and stays as it is" + instead();
        } catch (IOException e) {
            cli = "CLI:  " + users.file() + " can't be used (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                    + ")" + instead();
        }
    }

    /// The token itself is not printed: this text is kept in files and logs.
    private String instead() {
        return "; to use this one:\n      export NOID_SERVER=" + url + " NOID_TOKEN=\"$(cat '" + tokenFile + "')\"\n";
    }

    String text() {
        return "API:  " + url + "\n" + cli + "Data: " + root.path() + "\n" + isolation();
    }

    private String isolation() {
        try {
            var items = new ApiClient(url, token, TIMEOUT).get("/hosts").body().path("items");
            boolean isolated = !items.isEmpty()
                    && items.valueStream()
                            .allMatch(
                                    host -> host.path("isolation").asString("").equals("kvm"));
            return isolated ? "" : NONE;
        } catch (IOException _) {
            return NONE;
        }
    }
}
