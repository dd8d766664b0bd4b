package dev.noid.worker.engine;

import dev.noid.schema.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/// What `manifest.json` beside a saved VM's files says to an engine. Whoever saved it writes more into the same file.
///
/// @param fingerprint of the boot it was saved from
/// @param files       as [PausedMachine.Saved] said; in version 1 the memory is one file, `mem`
/// @param checksums   as [PausedMachine.Saved] said
/// @param layers      of the boot it was saved from, lowest first: names below `disk/`
public record SavedVm(
        Fingerprint fingerprint,
        List<PausedMachine.SavedFile> files,
        Map<String, String> checksums,
        List<String> layers) {
    public static final String FILE = "manifest.json";

    /// Empty when there is none, or none that can be read.
    public static Optional<SavedVm> read(Path saved) throws IOException {
        Path file = saved.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.records().readValue(Files.readAllBytes(file), SavedVm.class));
        } catch (JacksonException _) {
            return Optional.empty();
        }
    }
}
