package dev.noid.bench.bare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What bare VMs are made of: the command line of a VM of Noid's, read from its process, and the image's files.
///
/// @param command of the VMM, without what belongs to one VM alone
/// @param image   directory with `kernel`, `initrd`, `rootfs`
/// @param disks   directory for what lies on disk
/// @param tmpfs   directory for memory
public record Kit(List<String> command, Path image, Path disks, Path tmpfs, int diskMib) {

    /// @param vms   `vms` of the data directory
    /// @param vm    id of a running VM
    public static Kit like(Path vms, String vm, Path image, Path disks, Path tmpfs, int diskMib) throws IOException {
        return new Kit(fresh(commandOf(vms.resolve(vm))), image, disks, tmpfs, diskMib);
    }

    private static List<String> commandOf(Path vm) throws IOException {
        for (ProcessHandle process : Workers.below(vm)) {
            String line =
                    Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.UTF_8);
            return List.of(line.replaceFirst("\0$", "").split("\0", -1));
        }
        throw new IOException("no process of a VM works in " + vm);
    }

    /// One that was restored was started to wait for its state.
    private static List<String> fresh(List<String> command) {
        List<String> fresh = new ArrayList<>(command);
        int incoming = fresh.indexOf("-incoming");
        if (incoming >= 0) {
            fresh.subList(incoming, incoming + 2).clear();
        }
        fresh.remove("-S");
        // Nobody asks a bare one for its console before it ends.
        int action = fresh.indexOf("-action");
        if (action >= 0) {
            fresh.set(action + 1, "reboot=shutdown");
        }
        return List.copyOf(fresh);
    }

    long memoryMib() {
        return Long.parseLong(command.get(command.indexOf("-m") + 1).replace("M", ""));
    }

    /// Of the disk, as QEMU knows it.
    String diskNode() {
        return String.join(" ", command).replaceFirst(".*node-name=([^, ]+),.*file\\.filename=.*", "$1");
    }

    /// At the same priority as Noid's.
    List<String> commandWith(Path disk, List<String> more) {
        List<String> all = new ArrayList<>(List.of("nice", "-n", "10"));
        command.forEach(argument -> all.add(argument.replaceAll("file\\.filename=[^,]*", "file.filename=" + disk)));
        all.addAll(more);
        return all;
    }
}
