package dev.noid.worker.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.CRC32;

/// Who a VM's processes are. A worker that is root gives each VM a number of its own, without name, rights or files
/// elsewhere;
/// any other worker has only itself to give.
public final class VmUser {
    /// 200000 to 499999: Debian and systemd give these to nobody.
    private static final int FIRST = 200_000;

    private static final int COUNT = 300_000;

    private final OptionalInt uid;

    private VmUser(OptionalInt uid) {
        this.uid = uid;
    }

    /// Two VMs may meet on one number (1 % with 80 VMs); they then lose their protection from each other, not the
    /// host's.
    public static VmUser of(String vm, boolean root) {
        CRC32 crc = new CRC32();
        crc.update(vm.getBytes(StandardCharsets.UTF_8));
        return new VmUser(root ? OptionalInt.of(FIRST + (int) (crc.getValue() % COUNT)) : OptionalInt.empty());
    }

    /// What to put before a command so that it runs as this user and can never become another.
    ///
    /// @param groups beside its own, such as that of /dev/kvm
    public List<String> prefix(List<Integer> groups) {
        if (uid.isEmpty()) {
            return List.of();
        }
        List<String> prefix = new ArrayList<>();
        prefix.add("setpriv");
        prefix.add("--reuid=" + uid.getAsInt());
        prefix.add("--regid=" + uid.getAsInt());
        prefix.add(
                groups.isEmpty()
                        ? "--clear-groups"
                        : "--groups="
                                + String.join(
                                        ",",
                                        groups.stream().map(String::valueOf).toList()));
        prefix.addAll(List.of("--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"));
        return prefix;
    }

    /// Makes it the user's own, and closed to all others but root.
    public void own(Path file) throws IOException {
        boolean directory = Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(directory ? "rwx------" : "rw-------"));
        if (uid.isPresent()) {
            Files.setAttribute(file, "unix:gid", uid.getAsInt(), LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(file, "unix:uid", uid.getAsInt(), LinkOption.NOFOLLOW_LINKS);
        }
    }

    /// Lets the user, and no other but root, open files in a directory whose names it knows, and change nothing in it.
    public void enter(Path directory) throws IOException {
        if (uid.isPresent()) {
            Files.setAttribute(directory, "unix:gid", uid.getAsInt(), LinkOption.NOFOLLOW_LINKS);
        }
        Files.setPosixFilePermissions(
                directory, PosixFilePermissions.fromString(uid.isPresent() ? "rwx--x---" : "rwx------"));
    }

    /// Lets the user pass through a directory on the way to what it owns, and see nothing of it.
    public void passThrough(Path directory) throws IOException {
        Files.setPosixFilePermissions(
                directory, PosixFilePermissions.fromString(uid.isPresent() ? "rwx--x--x" : "rwx------"));
    }
}
