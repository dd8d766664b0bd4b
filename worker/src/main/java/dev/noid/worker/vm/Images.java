package dev.noid.worker.vm;

import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.ImageStore;
import dev.noid.worker.engine.StoredImage;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.store.ImageRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `images/{digest}/`: the images of this host, and what its rows say of them.
public final class Images {
    private static final Logger log = LoggerFactory.getLogger(Images.class);

    private final Path root;
    private final ImageStore store;

    public Images(Path data) {
        this.root = data.resolve("images");
        this.store = new ImageStore(root);
        try {
            // Templates are here too, which are the memory of a VM. A VMM gets links to what it needs, beside it.
            FileTree.closed(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Takes over what is in these directories and not here yet. What is wrong with an image is logged, and it is
    /// left out.
    public void importFrom(Path from) {
        try {
            store.importFrom(List.of(from)).problems().forEach(problem -> log.error("image left out: {}", problem));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public List<ImageRow> all() {
        return stored().stream()
                .map(image -> new ImageRow(image.digest(), image.name(), image.kernel(), image.bytes()))
                .toList();
    }

    /// Any image, to try something out with.
    public Optional<Path> any() {
        return stored().stream().map(StoredImage::directory).findFirst();
    }

    /// Those that are here.
    List<Path> directories() {
        return stored().stream().map(StoredImage::directory).toList();
    }

    public Optional<Path> find(String digest) {
        try {
            return store.find(digest).map(StoredImage::directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What a VM is booted, or loaded, with.
    Boot boot(VmRecord record) {
        return new Boot(record.name(), path(record.image()), record.shape(), record.generation(), record.layers());
    }

    /// Where an image is or was.
    Path path(String digest) {
        return root.resolve(digest.substring(digest.indexOf(':') + 1));
    }

    private List<StoredImage> stored() {
        try {
            return store.list();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
