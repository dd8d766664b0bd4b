#include "identity.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"
#include "guest.h"
#include "log.h"
#include "spawn.h"

#define ADD_ENTROPY 0x40085203 /* RNDADDENTROPY */
#define RESEED 0x5207          /* RNDRESEEDCRNG: else the seed waits for the next minute */
#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_MOUNT "/run/.noid-boot-id"
#define SSH "/etc/ssh"
#define KEYGEN "/usr/bin/ssh-keygen"

static bool keys_due;

static bool reseed(const uint8_t *seed) {
    struct {
        int bits, bytes;
        uint8_t seed[IDENTITY_SEED];
    } pool = {.bits = IDENTITY_SEED * 8, .bytes = IDENTITY_SEED};
    memcpy(pool.seed, seed, IDENTITY_SEED);
    int fd = open("/dev/urandom", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    bool ok = fd >= 0 && ioctl(fd, ADD_ENTROPY, &pool) == 0 && ioctl(fd, RESEED) == 0;
    if (fd >= 0) close(fd);
    explicit_bzero(&pool, sizeof pool);
    return ok;
}

/* A plain file and nothing that could keep us waiting, or -1. */
static int plain(const char *path, int flags) {
    struct stat what;
    int fd = open(path, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0 || (fstat(fd, &what) == 0 && S_ISREG(what.st_mode))) return fd;
    close(fd);
    return -1;
}

static void put(int fd, const char *path, const char *bytes, size_t count) {
    if (fd < 0) return;
    if (pwrite(fd, bytes, count, 0) != (ssize_t)count || ftruncate(fd, (off_t)count) < 0)
        log_line("identity %s not written errno=%d", path, errno);
    close(fd);
}

static void put_line(const char *path, int flags, struct text text) {
    char line[80];
    int n = snprintf(line, sizeof line, "%.*s\n", (int)text.length, text.at);
    put(plain(path, O_WRONLY | flags), path, line, (size_t)n);
}

static bool in_a_name(char c) {
    return c && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:", c); /* with the : no part of ::1 is a name */
}

/* `from` ends in a NUL. Returns the length of what is in `to`; `to` has room for `most`. */
static size_t replace_word(const char *from, const char *old, struct text name, char *to, size_t most) {
    size_t length = strlen(old), used = 0;
    for (const char *at = from; *at && used + name.length < most;) {
        bool word = (at == from || !in_a_name(at[-1])) && strncmp(at, old, length) == 0 && !in_a_name(at[length]);
        size_t count = word ? name.length : 1;
        memcpy(to + used, word ? name.at : at, count);
        used += count;
        at += word ? length : 1;
    }
    return used;
}

/* Whether a line of `text`, which ends in a NUL, has this name; what stands behind a # does not count. */
static bool names(const char *text, struct text name) {
    bool comment = false;
    for (const char *at = text; *at; at++) {
        comment = *at == '#' || (comment && *at != '\n');
        if (!comment && (at == text || !in_a_name(at[-1])) && strncmp(at, name.at, name.length) == 0
            && !in_a_name(at[name.length]))
            return true;
    }
    return false;
}

/* The old name's word becomes the new one; a name that is nowhere gets the address that Debian gives it. */
static size_t hosts_with(const char *from, const char *old, struct text name, char *to, size_t most) {
    bool known = *old && strcmp(old, "localhost") != 0;
    size_t used = known ? replace_word(from, old, name, to, most) : strlen(from);
    if (!known) memcpy(to, from, used);
    to[used] = 0;
    if (names(to, name)) return used;
    const char *first = used == 0 ? "127.0.0.1\tlocalhost\n" : to[used - 1] == '\n' ? "" : "\n";
    return used + (size_t)sprintf(to + used, "%s127.0.1.1\t%.*s\n", first, (int)name.length, name.at);
}

static void tell_hosts(const char *old, struct text name) {
    enum { MOST = 65536, LINE = 128 };
    int fd = plain("/etc/hosts", O_RDWR | O_CREAT);
    char *from = malloc(MOST), *to = malloc(2 * MOST + LINE);
    ssize_t n = fd >= 0 && from && to ? read(fd, from, MOST) : -1;
    if (n >= 0 && n < MOST) { /* a larger one is no list of a few names */
        from[n] = 0;
        size_t used = hosts_with(from, old, name, to, 2 * MOST);
        if (used != (size_t)n || memcmp(from, to, used) != 0) {
            put(fd, "/etc/hosts", to, used);
            fd = -1;
        }
    }
    if (fd >= 0) close(fd);
    free(from);
    free(to);
}

bool identity_hostname(struct text name) {
    char old[HOST_NAME_MAX + 1] = "";
    gethostname(old, sizeof old - 1);
    if (name.length == 0 || (strlen(old) == name.length && memcmp(old, name.at, name.length) == 0)) return true;
    if (sethostname(name.at, name.length) < 0) return false;
    put_line("/etc/hostname", 0, name);
    tell_hosts(old, name);
    return true;
}

static bool reads(const char *path, const char *bytes, size_t count) {
    char now[BUFSIZ];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, now, sizeof now) : -1;
    if (fd >= 0) close(fd);
    return n == (ssize_t)count && memcmp(now, bytes, count) == 0;
}

/* Takes the place of the kernel's own. The file lies on a filesystem that is mounted nowhere else, for good. */
static int mount_boot_id(const char *line, size_t count) {
    while (umount2(BOOT_ID_FILE, MNT_DETACH) == 0) continue; /* of an earlier life */
    mkdir(BOOT_ID_MOUNT, 0700);
    if (mount("tmpfs", BOOT_ID_MOUNT, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,mode=700") < 0) return -1;
    int fd = open(BOOT_ID_MOUNT "/boot_id", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    bool ok = fd >= 0 && write(fd, line, count) == (ssize_t)count
              && mount(BOOT_ID_MOUNT "/boot_id", BOOT_ID_FILE, NULL, MS_BIND, NULL) == 0
              && mount(NULL, BOOT_ID_FILE, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
    umount2(BOOT_ID_MOUNT, MNT_DETACH);
    rmdir(BOOT_ID_MOUNT);
    if (ok || fd < 0) return fd;
    close(fd);
    return -1;
}

/* The kernel makes its own once a boot. Written into the file that was mounted before, unless that is gone: mounts take
 * an emulated processor some 15 ms after each restore. */
static bool take_boot_id(struct text id) {
    static int mounted = -1;
    char line[BUFSIZ];
    size_t count = (size_t)snprintf(line, sizeof line, "%.*s\n", (int)id.length, id.at);
    if (mounted >= 0) {
        if (pwrite(mounted, line, count, 0) == (ssize_t)count && reads(BOOT_ID_FILE, line, count)) return true;
        close(mounted);
    }
    mounted = mount_boot_id(line, count);
    return mounted >= 0;
}

static void drop_host_keys(void) {
    DIR *directory = opendir(SSH);
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        if (strncmp(entry->d_name, "ssh_host_", 9) != 0) continue;
        if (unlinkat(dirfd(directory), entry->d_name, 0) < 0) log_line("identity ssh key stays errno=%d", errno);
        keys_due = true;
    }
    if (directory) closedir(directory);
}

const char *identity_take(const struct identity *id) {
    guest_clock(id->wall);
    if (!reseed(id->seed)) return "seed";
    if (!identity_hostname(id->hostname)) return "hostname";
    if (!take_boot_id(id->boot_id)) return "boot id";
    if (id->machine_id.length) {
        put_line("/etc/machine-id", O_CREAT, id->machine_id);
        put_line("/var/lib/dbus/machine-id", 0, id->machine_id); /* mostly a link to the other */
    }
    if (id->fork) drop_host_keys();
    return NULL;
}

void identity_thawed(void) {
    static char *argv[] = {"ssh-keygen", "-A", NULL}, *envp[] = {"PATH=/usr/bin:/bin", "HOME=/root", NULL};
    struct user root;
    int null = keys_due ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
    keys_due = false;
    if (null < 0) return;
    if (access(KEYGEN, X_OK) == 0 && user_find((struct text){"0", 1}, &root) == 0) {
        struct spawn s = {.argv = argv, .envp = envp, .path = "/usr/bin", .home = "/", .cwd = "", .user = &root,
                          .fds = {null, null, null}, .leaf_fd = -1};
        uint32_t leaf = cgroup_make(&s.leaf_fd);
        if (spawn_start(&s) < 0) log_line("identity ssh-keygen not started errno=%d", s.error);
        if (s.leaf_fd >= 0) close(s.leaf_fd);
        cgroup_leave(leaf, NEVER);
    }
    close(null);
}
