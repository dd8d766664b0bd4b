package dev.noid.standalone.command;

import dev.noid.schema.Json;
import dev.noid.standalone.DataRoot;
import dev.noid.standalone.process.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/// What `noid down` wants of the supervisor that it then signals.
record DownRequest(boolean keepVms) {

    void leave(DataRoot root) throws IOException {
        AtomicFile.write(root.downFile(), Json.records().writeValueAsString(this) + "\n", "rw-------");
    }

    /// Empty: the signal came from somebody else.
    static Optional<DownRequest> take(DataRoot root) {
        try {
            if (!Files.exists(root.downFile())) {
                return Optional.empty();
            }
            DownRequest request = Json.records().readValue(Files.readString(root.downFile()), DownRequest.class);
            Files.delete(root.downFile());
            return Optional.of(request);
        } catch (IOException | JacksonException _) {
            return Optional.empty();
        }
    }
}
