package dev.noid.worker.engine.qemu;

import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.RunFiles;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmEye;
import dev.noid.worker.engine.VmmPlan;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One VM under QEMU. Its user can reach nothing but the run directory it stands in and what lies beside it, so every
/// path is
/// relative: the directories above are closed to it.
///
/// @param incoming it goes on with what was loaded for it, instead of booting
record QemuPlan(VmHome home, Boot boot, QemuHost host, boolean incoming) implements VmmPlan {
    /// The disk as a device.
    static final String DISK = "disk0";

    /// Versioned: a newer QEMU can load what this one saved.
    static final String MACHINE = "pc-q35-7.2";

    /// Of the console that are kept, the newest. QEMU takes powers of two only.
    static final int CONSOLE_BYTES = 64 * 1024;

    private static final Path KVM = Path.of("/dev/kvm");

    /// As the VMM sees it.
    static String layer(String name) {
        return "../layers/" + name;
    }

    VmUser vmUser() {
        return VmUser.of(home.vm(), host.config().root());
    }

    @Override
    public void makeRunFiles() throws IOException {
        VmUser user = vmUser();
        Path run = home.run(boot.generation());
        Files.createDirectories(run);
        user.passThrough(home.directory());
        FileTree.linkOrCopy(boot.image().resolve("kernel"), run.resolve("kernel"));
        FileTree.linkOrCopy(boot.image().resolve("initrd"), run.resolve("initrd"));
        Path memory = incoming
                ? host.memory().file(home, boot.generation())
                : host.memory().make(home, boot.generation(), boot.shape().memoryMib(), user);
        Files.createSymbolicLink(run.resolve("mem"), memory);
        user.own(run);
    }

    @Override
    public void removeRunFiles() throws IOException {
        RunFiles.remove(home, boot.generation());
        host.memory().remove(home, boot.generation());
    }

    /// A guest needs a page more than there is to die of it, so none at all need be left.
    private static final long SHORT = 1 << 20;

    @Override
    public Optional<String> shortage() {
        try {
            Path tmpfs = host.config().memory().tmpfs();
            return host.memory().room().left() < SHORT
                    ? Optional.of(tmpfs + " or the machine has no memory left; something else uses it, or "
                            + "NOID_MEMORY promises more than there is")
                    : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    @Override
    public List<String> user() {
        List<String> prefix = new ArrayList<>(host.config().walls().prefix());
        prefix.addAll(List.of("prlimit", "--fsize=" + largestFile() + ":" + largestFile(), "--"));
        prefix.addAll(vmUser().prefix(host.accelerator() == Accelerator.KVM ? kvmGroup() : List.of()));
        return prefix;
    }

    /// Bytes. No file of a VM grows beyond its disk or its memory, and what a disk says of itself.
    private long largestFile() {
        return (2L * boot.shape().diskMib() + boot.shape().memoryMib() + 1024) << 20;
    }

    private static List<Integer> kvmGroup() {
        try {
            return List.of((Integer) Files.getAttribute(KVM, "unix:gid"));
        } catch (IOException _) {
            return List.of(); // QEMU will say that there is no KVM
        }
    }

    @Override
    public List<String> command() {
        String memory = boot.shape().memoryMib() + "M";
        List<String> command = new ArrayList<>();
        command.add(host.config().qemu());
        add(command, "-M", MACHINE + ",memory-backend=m0,vmport=off,smbus=off,sata=off");
        command.addAll(host.accelerator().arguments());
        add(command, "-m", memory);
        add(command, "-smp", Integer.toString(boot.shape().cpus()));
        add(command, "-object", "memory-backend-file,id=m0,size=" + memory + ",mem-path=mem,share=on");
        add(command, "-kernel", "kernel");
        add(command, "-initrd", "initrd");
        // loglevel=1: a panic is heard, and the rest does not cost boot time on an emulated serial port.
        add(command, "-append", "console=ttyS0 quiet loglevel=1 random.trust_cpu=on reboot=t panic=-1");
        command.addAll(List.of("-nodefaults", "-no-user-config"));
        // A VM boots once. After its guest's end QEMU stands still until the worker has read the console.
        add(command, "-action", "reboot=shutdown,shutdown=pause");
        add(command, "-display", "none");
        // The console goes to a ring in memory: the guest writes it, so no file may grow by it.
        add(command, "-chardev", "ringbuf,id=console,size=" + CONSOLE_BYTES);
        add(command, "-serial", "chardev:console");
        add(command, "-device", "virtio-serial-pci");
        add(command, "-chardev", "socket,id=c0,path=a,server=on,wait=off");
        add(command, "-device", "virtserialport,chardev=c0,name=agent,id=p0");
        add(command, "-device", "virtio-rng-pci");
        String top = boot.layers().getLast();
        String node = "driver=qcow2,node-name=" + QemuLayers.node(top) + ",discard=unmap";
        add(command, "-blockdev", node + ",file.driver=file,file.filename=" + layer(top));
        add(command, "-device", "virtio-blk-pci,id=" + DISK + ",drive=" + QemuLayers.node(top));
        add(command, "-qmp", "unix:q,server=on,wait=off");
        add(command, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
        if (incoming) {
            command.addAll(List.of("-incoming", "defer", "-S"));
        }
        return command;
    }

    private static void add(List<String> command, String option, String value) {
        command.add(option);
        command.add(value);
    }

    @Override
    public QemuPlan moved(VmHome to, Boot as) {
        return new QemuPlan(to, as, host, false);
    }

    @Override
    public VmmEye eye() {
        return QmpEye.open(this, home.run(boot.generation()).resolve("q"));
    }
}
