#include "guest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "identity.h"
#include "log.h"
#include "memory.h"

#define RESIZE_FS _IOW('f', 16, uint64_t) /* EXT4_IOC_RESIZE_FS; musl-gcc sees no kernel headers */
#define DISK "/dev/vda"
#define NEW_ROOT "/newroot"

static void note(const char *what, const char *where) {
    if (errno) log_line("boot %s %s failed: %s", what, where, strerror(errno));
}

static void mounted(const char *type, const char *where, unsigned long flags, const char *options) {
    mkdir(where, 0755);
    if (mount(type, where, type, flags, options) < 0 && errno != EBUSY) note("mount", where);
}

/* The kernel opens 0, 1 and 2 only when there is a console; later descriptors must not become them. */
static void standard_descriptors(void) {
    int fd;
    do fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd < 2);
    for (int i = 0; i < 3 && fd >= 0; i++) dup2(fd, i);
    if (fd > 2) close(fd);
}

static void load_modules(void) {
    static const char *const names[] = {"virtio_ring",           "virtio",     "virtio_pci_modern_dev",
                                        "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk",
                                        "virtio_console",        "virtio-rng"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        snprintf(path, sizeof path, "/modules/%s.ko", names[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) continue; /* built in, with another kernel */
        if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST) note("module", names[i]);
        close(fd);
        unlink(path); /* the initramfs is memory */
    }
}

static void grow(void) {
    uint64_t bytes = 0;
    struct statfs fs;
    int disk = open(DISK, O_RDONLY | O_CLOEXEC), root = open(NEW_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    errno = 0;
    if (disk >= 0 && root >= 0 && ioctl(disk, (int)_IOR(0x12, 114, size_t) /* BLKGETSIZE64 */, &bytes) == 0
        && fstatfs(root, &fs) == 0) {
        uint64_t blocks = bytes / (uint64_t)fs.f_bsize;
        /* f_blocks leaves out what the filesystem itself takes, so this asks again at each boot; the kernel then finds
         * nothing to do. */
        if (blocks > (uint64_t)fs.f_blocks && ioctl(root, (int)RESIZE_FS, &blocks) < 0) note("grow", DISK);
    }
    if (disk >= 0) close(disk);
    if (root >= 0) close(root);
}

static void move_into(const char *where) {
    char target[64];
    snprintf(target, sizeof target, NEW_ROOT "%s", where);
    mkdir(target, 0755);
    if (mount(where, target, NULL, MS_MOVE, NULL) < 0) note("move", where);
}

/* True when the image's root is now /. */
static bool switch_root(void) {
    mkdir(NEW_ROOT, 0755);
    int tries = 0;
    /* noinit_itable: after growing, a kernel thread would write zeros over every new inode table, 1.5 % of the disk,
     * into a copy-on-write file. Their checksummed group descriptors say they are unused. */
    while (mount(DISK, NEW_ROOT, "ext4", MS_NOATIME, "noinit_itable,no_prefetch_block_bitmaps") < 0) {
        if ((errno == ENOENT || errno == ENXIO) && tries++ < 500) {
            usleep(2000);
            continue;
        }
        note("mount", DISK);
        return false;
    }
    errno = 0;
    grow();
    move_into("/dev");
    move_into("/proc");
    move_into("/sys");
    move_into("/run");
    rmdir("/modules");
    unlink("/init");
    errno = 0;
    if (chdir(NEW_ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0) {
        note("switch", "root");
        return false;
    }
    return true;
}

static void loopback_up(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) note("up", "lo");
    close(fd);
}

/* Ahead of everything the guest runs: it is not killed for memory, and it gets its turn among a thousand others. */
static void first_among_processes(void) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "-1000", 5) < 0) note("oom_score_adj", "");
    if (fd >= 0) close(fd);
    struct sched_param none = {0};
    /* libc's wrappers are stubs in musl; reset on fork, so that children are ordinary. */
    syscall(SYS_setpriority, PRIO_PROCESS, 0, -20);
    syscall(SYS_sched_setscheduler, 0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
}

void guest_boot(void) {
    errno = 0;
    mounted("devtmpfs", "/dev", MS_NOSUID, NULL);
    standard_descriptors();
    int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    if (log >= 0) log_to(log);
    mounted("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mounted("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mounted("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755");
    load_modules();
    if (!switch_root()) mounted("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, NULL);
    mounted("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=620,ptmxmode=666");
    mounted("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, NULL);
    if (symlink("/proc/self/fd", "/dev/fd") < 0 || symlink("/proc/self/fd/0", "/dev/stdin") < 0
        || symlink("/proc/self/fd/1", "/dev/stdout") < 0 || symlink("/proc/self/fd/2", "/dev/stderr") < 0)
        note("symlink", "/dev/fd");
    mounted("cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    cgroup_setup();
    loopback_up();
    first_among_processes();
    memory_setup();
}

static int find_port(void) {
    DIR *ports = opendir("/sys/class/virtio-ports");
    struct dirent *entry;
    int found = -1;
    while (ports && found < 0 && (entry = readdir(ports))) {
        char path[320], name[32] = "";
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) continue;
        ssize_t n = read(fd, name, sizeof name - 1);
        close(fd);
        if (n <= 0 || strcmp(name, "agent\n") != 0) continue;
        snprintf(path, sizeof path, "/dev/%s", entry->d_name);
        found = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    }
    if (ports) closedir(ports);
    return found;
}

int guest_open_port(void) {
    int fd;
    /* Ports are told by control messages after the driver is there, so the first look is often too early. */
    for (int tries = 0; (fd = find_port()) < 0; tries++) {
        if (tries == 2000) log_line("boot no virtio port is named agent: waiting");
        usleep(tries < 2000 ? 1000 : 100000);
    }
    return fd;
}

void guest_clock(uint64_t wall) {
    struct timespec now, then = {.tv_sec = (time_t)(wall / 1000000000), .tv_nsec = (long)(wall % 1000000000)};
    clock_gettime(CLOCK_REALTIME, &now);
    double off = difftime(then.tv_sec, now.tv_sec) + (double)(then.tv_nsec - now.tv_nsec) / 1e9;
    /* The way here makes it late, never early: what is ahead of the clock is nearer to the truth, and what is a little
     * behind may be the way and not the clock. */
    if (wall && (off > 0.002 || off < -0.05)) clock_settime(CLOCK_REALTIME, &then);
}

void guest_adopt(uint64_t wall, struct text hostname) {
    guest_clock(wall);
    errno = 0;
    if (hostname.length <= 64 && !identity_hostname(hostname)) note("hostname", "");
}

void guest_signal_all(int number) { kill(-1, number); }

_Noreturn void guest_end(void) {
    sync();
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0) note("remount", "/");
    sync();
    reboot(RB_AUTOBOOT);
    for (;;) pause();
}
