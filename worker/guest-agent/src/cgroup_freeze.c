#include "cgroup_freeze.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "processes.h"

#define GROUPS_MOST 64
#define PATH_ROOM (NAME_MAX + 64)

/* Directly below the root, frozen by us. */
static char groups[GROUPS_MOST][NAME_MAX + 1];
static int count;
static bool stopped_in_root;

static void path_of(const char *group, const char *file, char path[PATH_ROOM]) {
    snprintf(path, PATH_ROOM, CGROUP_ROOT "/%.255s/%.32s", group, file);
}

static bool ours(const char *group) {
    for (int i = 0; i < count; i++)
        if (strcmp(groups[i], group) == 0) return true;
    return false;
}

static bool freeze_group(const char *group) {
    char path[PATH_ROOM];
    path_of(group, "cgroup.freeze", path);
    if (cgroup_says(path, "1")) return true; /* by somebody in the guest, and theirs to thaw */
    if (count < GROUPS_MOST && cgroup_write(path, "1")) snprintf(groups[count++], NAME_MAX + 1, "%s", group);
    return false;
}

/* Mostly there is none but the execs', which the count of links tells without reading the directory. */
static bool only_execs(void) {
    struct stat root;
    return count == 1 && stat(CGROUP_ROOT, &root) == 0 && root.st_nlink == 2 + 1;
}

/* True when there was none that is not frozen yet. Who is frozen makes no new ones, so it soon is. */
static bool freeze_groups(void) {
    if (only_execs()) return true;
    DIR *root = opendir(CGROUP_ROOT);
    struct dirent *entry;
    bool all = root != NULL;
    while (root && (entry = readdir(root)))
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.' && !ours(entry->d_name)) all &= freeze_group(entry->d_name);
    if (root) closedir(root);
    return all;
}

/* The root cannot be frozen. Besides us it has the kernel's threads, whose process group is 0, and who moved there. */
static bool signal_in_root(int number) {
    static char text[256 << 10]; /* of more than thirty thousand we would see the first */
    int fd = open(CGROUP_ROOT "/cgroup.procs", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 1;
    size_t used = 0;
    while (n > 0 && used < sizeof text - 1) { /* a page at a time */
        n = read(fd, text + used, sizeof text - 1 - used);
        if (n > 0) used += (size_t)n;
    }
    if (fd >= 0) close(fd);
    if (n < 0) return false;
    text[used] = 0;
    bool all = true;
    char *end;
    for (char *at = text; *at; at = *end ? end + 1 : end) {
        pid_t pid = (pid_t)strtol(at, &end, 10);
        if (pid == getpid() || getpgid(pid) <= 0) continue;
        stopped_in_root = true;
        all &= processes_signal(pid, processes_state(pid), number);
    }
    return all;
}

bool cgroup_freeze(void) {
    count = 0;
    stopped_in_root = false;
    if (!cgroup_present()) return false;
    freeze_group(CGROUP_EXECS);
    freeze_groups();
    return true;
}

bool cgroup_frozen(void) {
    for (int i = 0; i < count; i++) {
        char path[PATH_ROOM];
        path_of(groups[i], "cgroup.events", path);
        if (!cgroup_says(path, "frozen 1\n") && access(path, F_OK) == 0) return false;
    }
    return freeze_groups() && signal_in_root(SIGSTOP);
}

void cgroup_thaw(void) {
    if (stopped_in_root) signal_in_root(SIGCONT);
    while (count > 0) {
        char path[PATH_ROOM];
        path_of(groups[--count], "cgroup.freeze", path);
        cgroup_write(path, "0");
    }
}
