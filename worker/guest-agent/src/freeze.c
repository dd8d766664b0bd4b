#include "freeze.h"

#include <signal.h>
#include <stdlib.h>

#include "cgroup_freeze.h"
#include "processes.h"

static bool by_cgroup;

void freeze_begin(void) {
    by_cgroup = cgroup_freeze();
}

static bool signal_all(int number) {
    size_t count;
    bool nobody = processes_nobody();
    struct process *list = nobody ? NULL : processes_list(&count);
    bool all = nobody || list;
    for (struct process *p = list; p && p < list + count; p++)
        if (p->ours) all &= processes_signal(p->pid, p->state, number);
    free(list);
    return all;
}

bool freeze_done(void) {
    return by_cgroup ? cgroup_frozen() : signal_all(SIGSTOP);
}

void freeze_end(void) {
    if (by_cgroup) cgroup_thaw();
    else signal_all(SIGCONT);
}
