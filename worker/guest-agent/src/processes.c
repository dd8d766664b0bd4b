#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool processes_nobody(void) {
    return waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

static bool read_one(pid_t pid, struct process *p) {
    char path[40], text[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    const char *after_name = n > 0 ? strrchr(text, ')') : NULL; /* the name may hold spaces and brackets itself */
    *p = (struct process){.pid = pid};
    return after_name && sscanf(after_name + 1, " %c %d", &p->state, &p->parent) == 2;
}

char processes_state(pid_t pid) {
    struct process p;
    return read_one(pid, &p) ? p.state : 'X';
}

/* Once a SIGSTOP is pending, only R may be on a processor, and S is yet to be woken for it. D is in the kernel, and stops
 * on its way out; a parent in vfork stays there while its child is stopped. */
bool processes_signal(pid_t pid, char state, int number) {
    bool stopped = strchr("TtZX", state);
    if (!stopped || number == SIGCONT) kill(pid, number);
    return stopped || state == 'D';
}

/* As often as there are generations; parents mostly stand before their children. */
static void mark(struct process *list, size_t count) {
    for (bool more = true; more;) {
        more = false;
        for (struct process *p = list; p < list + count; p++) {
            if (p->ours) continue;
            p->ours = p->parent == getpid();
            for (struct process *q = list; q < list + count && !p->ours; q++) p->ours = q->ours && q->pid == p->parent;
            more |= p->ours;
        }
    }
}

struct process *processes_list(size_t *count) {
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    struct process *list = NULL;
    size_t room = 0;
    *count = 0;
    while (proc && (entry = readdir(proc))) {
        pid_t pid = atoi(entry->d_name);
        if (pid <= 0) continue;
        if (*count == room) {
            struct process *more = realloc(list, (room += 256) * sizeof *list);
            if (!more) break;
            list = more;
        }
        if (read_one(pid, list + *count)) ++*count;
    }
    if (proc) closedir(proc);
    if (list) mark(list, *count);
    return list;
}
