#include "stop.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "guest.h"
#include "life.h"
#include "log.h"
#include "processes.h"
#include "quiesce.h"
#include "spawn.h"

#define KILL_WAIT (2000 * MS)
#define FLUSH_WAIT (300 * MS)

static bool in_group_of_exec(const struct agent *a, pid_t pid) {
    pid_t group = getpgid(pid);
    for (const struct exec *e = a->execs; e < a->execs + EXEC_LIMIT; e++)
        if (e->used && e->state == STATE_RUNNING && e->pid == group) return true;
    return false;
}

/* The stub's processes are not alone on the machine: its children, among them, as it is their subreaper, whatever left
 * its exec's group and lost its parent. Who is in a group got the signal already: a shell that gets TERM twice runs its
 * trap twice. */
static void signal_children(const struct agent *a, int number) {
    size_t count;
    struct process *list = processes_list(&count);
    for (struct process *p = list; p && p < list + count; p++)
        if (p->parent == getpid() && !in_group_of_exec(a, p->pid)) kill(p->pid, number);
    free(list);
}

static void signal_all(struct agent *a, int number) {
    if (a->init) {
        guest_signal_all(number);
        return;
    }
    for (struct exec *e = a->execs; e < a->execs + EXEC_LIMIT; e++)
        if (e->used && e->state == STATE_RUNNING) spawn_signal(e->pid, number);
    signal_children(a, number);
}

static bool all_told(const struct agent *a) {
    if (a->sender.from != a->sender.to) return false;
    for (const struct exec *e = a->execs; e < a->execs + EXEC_LIMIT; e++)
        if (e->used && e->channel && (e->state != STATE_ENDED || e->tell_exited)) return false;
    return true;
}

static void enter(struct agent *a, enum stopping stage, int64_t until) {
    a->stopping = stage;
    a->stop_at = until;
}

void stop_begin(struct agent *a, uint32_t grace_ms) {
    if (a->stopping) return;
    quiesce_end(a); /* who is frozen hears no TERM */
    log_line("stopping grace_ms=%u", grace_ms);
    enter(a, STOP_TERM, after_ms(now_ns(), grace_ms));
    signal_all(a, SIGTERM);
}

static void finish(struct agent *a) {
    log_line("stopped");
    if (a->init) guest_end();
    unlink(a->carrier.path);
    exit(0);
}

int64_t stop_step(struct agent *a, int64_t now) {
    if (a->stopping == STOP_NOT) return NEVER;
    if (a->stopping == STOP_TERM && (processes_nobody() || now >= a->stop_at)) enter(a, STOP_KILL, now + KILL_WAIT);
    if (a->stopping == STOP_KILL) {
        if (processes_nobody() || now >= a->stop_at) enter(a, STOP_FLUSH, now + FLUSH_WAIT);
        else signal_all(a, SIGKILL); /* again each time: what it orphans only now becomes our child */
    }
    if (a->stopping == STOP_FLUSH && (all_told(a) || a->carrier.fd < 0 || now >= a->stop_at)) finish(a);
    return sooner(a->stop_at, now + 10 * MS);
}
