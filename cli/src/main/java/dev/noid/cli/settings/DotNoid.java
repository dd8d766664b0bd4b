package dev.noid.cli.settings;

import dev.noid.cli.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// The file `.noid` of a directory: which VM and server its people mean. Never a token: it lies in a work tree.
///
/// @param file where it is
public record DotNoid(
        Path file, @Nullable String vm, @Nullable String server) {
    private static final String NAME = ".noid";

    public static DotNoid in(Path directory) {
        return new DotNoid(directory.resolve(NAME), null, null);
    }

    /// The nearest one, from `directory` upwards. One that is another user's is a failure: e.g. anybody can
    /// write a `/tmp/.noid`.
    public static Optional<DotNoid> find(Path directory) {
        return find(directory, DotNoid::caller);
    }

    /// @param caller the uid that asks
    static Optional<DotNoid> find(Path directory, Callable<Integer> caller) {
        for (Path at = directory.toAbsolutePath().normalize(); at != null; at = at.getParent()) {
            Path file = at.resolve(NAME);
            if (Files.isRegularFile(file)) {
                checkOwner(file, caller);
                return Optional.of(read(file));
            }
        }
        return Optional.empty();
    }

    private static void checkOwner(Path file, Callable<Integer> caller) {
        try {
            int asking = caller.call();
            // Of a link, whose it is, and whose the file is that it leads to.
            for (LinkOption[] how : new LinkOption[][] {{LinkOption.NOFOLLOW_LINKS}, {}}) {
                int owner = (int) Files.getAttribute(file, "unix:uid", how);
                if (owner != 0 && owner != asking) {
                    throw Failure.usage(
                            file + " belongs to another user: "
                                    + Files.getOwner(file, how).getName(),
                            "go to a directory of your own; an empty .noid there ends the search: touch .noid");
                }
            }
        } catch (Failure e) {
            throw e;
        } catch (Exception e) {
            throw Failure.usage("whose " + file + " is can't be seen: " + e, null);
        }
    }

    private static int caller() throws IOException {
        Path self = Path.of("/proc/self"); // belongs to this process's user
        return (int) Files.getAttribute(
                Files.exists(self) ? self : Path.of(System.getProperty("user.home", "/")), "unix:uid");
    }

    private static DotNoid read(Path file) {
        Toml toml = Toml.read(file);
        toml.allow(Set.of("vm", "server"));
        return new DotNoid(file, toml.get("vm"), toml.get("server"));
    }

    public DotNoid withVm(@Nullable String name) {
        return new DotNoid(file, name, server);
    }

    /// Writes it; a file that would say nothing is removed.
    public void save() {
        List<String> lines = new ArrayList<>();
        if (vm != null) {
            lines.add("vm = " + Toml.quoted(vm));
        }
        if (server != null) {
            lines.add("server = " + Toml.quoted(server));
        }
        try {
            if (lines.isEmpty()) {
                Files.deleteIfExists(file);
            } else {
                Files.write(file, lines);
            }
        } catch (IOException e) {
            throw Failure.failed(file + " can't be written: " + new UncheckedIOException(e).getMessage(), null);
        }
    }
}
