package dev.noid.standalone.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Who the server runs as. PostgreSQL refuses to run as root, so root hands it to an unprivileged user.
///
/// @param name empty: the user who started this; a number for one who has no name
/// @param group of that user
public record ServerUser(Optional<String> name, String group) {
    /// The user for a start by the current user on this directory of data. Who owns it goes on with it, whatever users
    /// came or went since it was made; when it is not there yet, `postgres` or else `nobody` makes it.
    public static ServerUser choose(Path data) throws IOException {
        if (!System.getProperty("user.name", "").equals("root")) {
            return new ServerUser(Optional.empty(), "");
        }
        if (Files.isDirectory(data)) {
            var made = Files.readAttributes(data, PosixFileAttributes.class);
            if (!made.owner().getName().equals("root")) {
                return new ServerUser(
                        Optional.of(made.owner().getName()), made.group().getName());
            }
        }
        String user = exists("postgres") ? "postgres" : "nobody";
        return new ServerUser(Optional.of(user), group(user));
    }

    private static boolean exists(String user) {
        try {
            Path.of("/").getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
            return true;
        } catch (UserPrincipalNotFoundException _) {
            return false;
        } catch (IOException e) {
            throw new IllegalStateException("users can't be looked up", e);
        }
    }

    /// `command` as this user, in a session of its own.
    public List<String> run(List<String> command) {
        List<String> whole = new ArrayList<>();
        name.ifPresent(
                user -> whole.addAll(List.of("setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--")));
        whole.add("setsid");
        whole.addAll(command);
        return whole;
    }

    public void own(Path file) throws IOException {
        if (name.isPresent()) {
            Files.setOwner(
                    file, file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(name.get()));
        }
    }

    /// The nearest directory from `directory` up to the root that this user can't pass through.
    public Optional<Path> barrier(@Nullable Path directory) throws IOException {
        if (name.isEmpty() || directory == null) {
            return Optional.empty();
        }
        for (Path parent = directory.toRealPath(); parent != null; parent = parent.getParent()) {
            var attributes = Files.readAttributes(parent, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            boolean owner = attributes.owner().getName().equals(name.get());
            if (!attributes
                    .permissions()
                    .contains(owner ? PosixFilePermission.OWNER_EXECUTE : PosixFilePermission.OTHERS_EXECUTE)) {
                return Optional.of(parent);
            }
        }
        return Optional.empty();
    }

    private static String group(String user) {
        return user.equals("nobody") && !groupExists("nobody") ? "nogroup" : user;
    }

    private static boolean groupExists(String group) {
        try {
            Path.of("/").getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
