#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

#define PARENT CGROUP_ROOT "/" CGROUP_EXECS
#define LEFT_MAX 1024
#define SPARES_MOST 8

static bool present;
static uint32_t last;
static struct {
    uint32_t leaf;
    int64_t kill_at;
} left[LEFT_MAX];
static int left_count;
/* Empty leaves kept for the next exec: to remove and make one is a third of what an exec costs under emulation. */
static uint32_t spares[SPARES_MOST];
static int spare_count;

bool cgroup_write(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return ok;
}

static long number_in(const char *path) {
    char text[32] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n > 0 ? atol(text) : 0;
}

void cgroup_setup(void) {
    present = mkdir(PARENT, 0755) == 0 || errno == EEXIST;
    if (!present) return;
    long pids = number_in("/proc/sys/kernel/pid_max"), threads = number_in("/proc/sys/kernel/threads-max");
    if (threads < pids) pids = threads;
    /* A fork bomb takes 90 % of what there is; the rest is for the kernel's threads and for the next exec's KILL. */
    char most[32];
    snprintf(most, sizeof most, "%ld", pids * 9 / 10);
    if (!cgroup_write(CGROUP_ROOT "/cgroup.subtree_control", "+pids") || !cgroup_write(PARENT "/pids.max", most))
        log_line("cgroup pids=unlimited errno=%d", errno);
}

static void path_of(uint32_t leaf, const char *file, char path[64]) { snprintf(path, 64, PARENT "/%u%s", leaf, file); }

uint32_t cgroup_make(int *fd) {
    *fd = -1;
    if (!present) return 0;
    char path[64];
    uint32_t leaf = spare_count ? spares[--spare_count] : ++last;
    path_of(leaf, "", path);
    *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0 && errno == ENOENT && mkdir(path, 0755) == 0) *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd < 0 ? 0 : leaf;
}

bool cgroup_kill(uint32_t leaf) {
    if (!leaf) return false;
    char path[64];
    path_of(leaf, "/cgroup.kill", path);
    return cgroup_write(path, "1");
}

bool cgroup_says(const char *path, const char *what) {
    char text[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n > 0 && strstr(text, what);
}

static bool kept_as_spare(uint32_t leaf) {
    char path[64];
    if (spare_count == SPARES_MOST) return false;
    path_of(leaf, "/cgroup.events", path);
    if (!cgroup_says(path, "populated 0\n")) return false;
    spares[spare_count++] = leaf;
    return true;
}

static bool gone(uint32_t leaf) {
    char path[64];
    path_of(leaf, "", path);
    return rmdir(path) == 0 || errno == ENOENT;
}

void cgroup_leave(uint32_t leaf, int64_t kill_at) {
    if (!leaf || kept_as_spare(leaf) || gone(leaf)) return;
    if (left_count == LEFT_MAX) { /* each holds a living process, so this many are a leak of the guest's own making */
        cgroup_kill(left[0].leaf);
        left[0] = left[--left_count];
    }
    left[left_count].leaf = leaf;
    left[left_count++].kill_at = kill_at;
}

int64_t cgroup_sweep(int64_t now) {
    static int64_t next;
    int64_t due = NEVER;
    for (int i = 0; i < left_count; i++) due = sooner(due, left[i].kill_at);
    if (left_count && now < next && now < due) return sooner(next, due);
    for (int i = 0; i < left_count;) {
        if (now >= left[i].kill_at) {
            cgroup_kill(left[i].leaf);
            left[i].kill_at = NEVER;
        }
        if (gone(left[i].leaf)) left[i] = left[--left_count];
        else i++;
    }
    next = now + 1000 * MS;
    return left_count ? next : NEVER;
}

bool cgroup_present(void) { return present; }

void cgroup_shift(int64_t span) {
    for (int i = 0; i < left_count; i++) left[i].kill_at = shifted(left[i].kill_at, span);
}
