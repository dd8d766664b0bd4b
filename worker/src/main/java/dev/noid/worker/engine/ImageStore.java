package dev.noid.worker.engine;

import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The images of this host, `images/{digest}/`. What is listed is whole and was compared with its digest when it came.
public final class ImageStore {
    private static final Logger log = LoggerFactory.getLogger(ImageStore.class);

    /// Half-made imports; none is ever listed.
    private static final String UNFINISHED = ".new-";

    private final Path directory;

    public ImageStore(Path directory) {
        this.directory = directory;
    }

    /// What an import brought, and what was wrong with the rest.
    public record Imported(List<StoredImage> images, List<String> problems) {}

    /// Takes in every image below these directories that is not here yet.
    ///
    /// @param sources each an image (a directory with `image.json`) or a directory of images
    public Imported importFrom(List<Path> sources) throws IOException {
        Files.createDirectories(directory);
        removeUnfinished();
        List<StoredImage> images = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (Path source : sources) {
            for (Path image : imagesBelow(source, problems)) {
                try {
                    images.add(importOne(image));
                } catch (IOException problem) {
                    problems.add("image " + image + " not taken: " + problem.getMessage());
                }
            }
        }
        return new Imported(List.copyOf(images), List.copyOf(problems));
    }

    private void removeUnfinished() throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, UNFINISHED + "*")) {
            for (Path path : left) {
                FileTree.remove(path);
            }
        }
    }

    private static List<Path> imagesBelow(Path source, List<String> problems) {
        if (Files.exists(source.resolve(ImageManifest.FILE))) {
            return List.of(source);
        }
        List<Path> images = new ArrayList<>();
        try (DirectoryStream<Path> below = Files.newDirectoryStream(source)) {
            for (Path path : below) {
                if (Files.exists(path.resolve(ImageManifest.FILE))) {
                    images.add(path);
                }
            }
        } catch (IOException problem) {
            problems.add("no images in " + source + ": " + problem.getMessage());
        }
        return images;
    }

    private StoredImage importOne(Path source) throws IOException {
        ImageManifest manifest = ImageManifest.read(source);
        Path target = directory.resolve(hex(manifest.digest()));
        if (Files.isDirectory(target)) {
            return stored(target);
        }
        Path unfinished = Files.createTempDirectory(directory, UNFINISHED);
        try {
            for (String part : ImageManifest.PARTS) {
                Path file = unfinished.resolve(part);
                FileTree.linkOrCopy(source.resolve(part), file);
                // Every VM's own user reads them, and nobody may write what others rely on.
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
            }
            Files.copy(source.resolve(ImageManifest.FILE), unfinished.resolve(ImageManifest.FILE));
            String digest = ImageManifest.digestOf(unfinished);
            if (!digest.equals(manifest.digest())) {
                throw new IOException("its files have the digest " + digest + ", not " + manifest.digest());
            }
            Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rwxr-xr-x"));
            FileTree.syncDirectory(unfinished);
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
            FileTree.syncDirectory(directory);
        } finally {
            FileTree.remove(unfinished);
        }
        log.info("image imported name={} digest={}", manifest.name(), manifest.digest());
        return stored(target);
    }

    /// By name, the newest of a name first.
    public List<StoredImage> list() throws IOException {
        List<StoredImage> images = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return images;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "[0-9a-f]*")) {
            for (Path entry : entries) {
                images.add(stored(entry));
            }
        }
        images.sort(Comparator.comparing(StoredImage::name)
                .thenComparing(StoredImage::importedAt, Comparator.reverseOrder()));
        return images;
    }

    /// @param digest `sha256:…`
    public Optional<StoredImage> find(String digest) throws IOException {
        Path image = directory.resolve(hex(digest));
        return digest.startsWith("sha256:") && Files.exists(image.resolve(ImageManifest.FILE))
                ? Optional.of(stored(image))
                : Optional.empty();
    }

    private static StoredImage stored(Path image) throws IOException {
        ImageManifest manifest = ImageManifest.read(image);
        long bytes = 0;
        for (String part : ImageManifest.PARTS) {
            bytes += Files.size(image.resolve(part));
        }
        return new StoredImage(
                manifest.name(),
                manifest.digest(),
                manifest.kernel(),
                manifest.os(),
                Files.size(image.resolve("rootfs")),
                bytes,
                Files.getLastModifiedTime(image.resolve(ImageManifest.FILE)).toInstant(),
                image);
    }

    private static String hex(String digest) {
        return digest.substring(digest.indexOf(':') + 1).replaceAll("[^0-9a-f]", "");
    }
}
