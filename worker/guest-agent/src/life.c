#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"
#include "inherited.h"
#include "input.h"
#include "log.h"
#include "memory.h"
#include "output.h"
#include "spawn.h"

/* How long an open pipe may be silent after the leader has ended: a daemon that kept it would hold the exec for ever. */
#define DRAIN (200 * MS)
#define KILLED_CHILD 137 /* what a shell exits with when KILL ended its last command */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void settle(struct agent *agent, struct exec *e) {
    output_let_go(agent, e, 0);
    output_let_go(agent, e, 1);
    input_close(agent, e);
    e->state = STATE_ENDED;
    e->tell_exited = true;
}

static void failed(struct agent *agent, struct exec *e, enum exec_stage stage, int error) {
    e->how = HOW_FAILED;
    e->stage = stage;
    e->code = (uint32_t)error;
    for (int i = 0; i < 2; i++) output_close(agent, e, i);
    settle(agent, e);
}

static bool names(const char *entry, const char *name) {
    size_t n = strlen(name);
    return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

/* The given environment, and what a login would set unless it is given. */
static char **environment(const struct request *r, const struct user *user, const char **path) {
    const char *names_of[] = {"PATH", "HOME", "USER", "LOGNAME"};
    const char *values[] = {DEFAULT_PATH, user->home, user->name, user->name};
    size_t count = 0, room = 0, used;
    while (r->given[count]) count++;
    for (int i = 0; i < 4; i++) room += strlen(names_of[i]) + strlen(values[i]) + 2;
    char **all = malloc((count + 5) * sizeof *all + room);
    if (!all) return NULL;
    char *text = (char *)(all + count + 5);
    memcpy(all, r->given, count * sizeof *all);
    used = count;
    *path = DEFAULT_PATH;
    for (int i = 0; i < 4; i++) {
        size_t at = 0;
        while (at < count && !names(r->given[at], names_of[i])) at++;
        if (at < count) {
            if (i == 0) *path = r->given[at] + 5;
            continue;
        }
        all[used++] = text;
        text += sprintf(text, "%s=%s", names_of[i], values[i]) + 1;
    }
    all[used] = NULL;
    return all;
}

static bool pipe_pair(int ours_first, int pair[2]) {
    if (pipe2(pair, O_CLOEXEC) < 0) return false;
    /* Our end only: a program that finds O_NONBLOCK on its stdout breaks. */
    return fcntl(pair[ours_first ? 0 : 1], F_SETFL, O_NONBLOCK) == 0;
}

/* 0, or the errno of what ran out. */
static int open_pipes(struct agent *agent, struct exec *e, bool stdin_pipe, int theirs[3]) {
    static int null_fd = -1;
    int pair[2];
    if (null_fd < 0) null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    theirs[0] = theirs[1] = theirs[2] = -1;
    for (int i = 0; i < 2; i++) {
        if (!pipe_pair(1, pair)) return errno;
        e->out[i].fd = pair[0];
        theirs[i + 1] = pair[1];
    }
    if (!stdin_pipe) {
        theirs[0] = null_fd;
        return null_fd < 0 ? ENOENT : 0;
    }
    if (!pipe_pair(0, pair)) return errno;
    theirs[0] = pair[0];
    if (input_open(agent, e, pair[1])) return 0;
    close(pair[1]);
    return ENOMEM;
}

static void close_theirs(bool stdin_pipe, const int theirs[3]) {
    for (int i = stdin_pipe ? 0 : 1; i < 3; i++)
        if (theirs[i] >= 0) close(theirs[i]);
}

void life_start(struct agent *agent, struct exec *e, const struct request *r) {
    struct user user;
    int theirs[3] = {-1, -1, -1};
    int error = user_find(r->user, &user);
    if (error) {
        failed(agent, e, STAGE_USER, error);
        return;
    }
    error = open_pipes(agent, e, r->stdin_pipe, theirs);
    struct spawn s = {.argv = r->argv, .home = agent->root ? agent->root : user.home, .cwd = r->cwd, .user = &user,
                      .fds = {theirs[0], theirs[1], theirs[2]}, .leaf_fd = -1};
    s.envp = error ? NULL : environment(r, &user, &s.path);
    pid_t pid = -1;
    if (s.envp) {
        e->kills_before = memory_kills();
        e->leaf = cgroup_make(&s.leaf_fd);
        pid = spawn_start(&s);
        if (s.leaf_fd >= 0) close(s.leaf_fd);
    } else {
        s.stage = STAGE_RESOURCES;
        s.error = error ? error : ENOMEM;
    }
    free(s.envp);
    close_theirs(r->stdin_pipe, theirs);
    if (pid < 0) {
        failed(agent, e, s.stage, s.error);
        return;
    }
    e->pid = pid;
    e->state = STATE_RUNNING;
    e->started_at = now_ns();
    if (r->timeout_ms) e->timeout_at = after_ms(e->started_at, r->timeout_ms);
    e->grace_ms = r->grace_ms;
    e->tell_started = true;
    output_watch(agent, e, 0);
    output_watch(agent, e, 1);
}

static bool drained(const struct exec *e) { return e->out[0].fd < 0 && e->out[1].fd < 0; }

/* Of a child only its parent's exit code tells, and no more than that somebody was killed in the guest meanwhile. */
static bool wanted_memory(const struct exec *e) {
    if (e->how == HOW_SIGNALLED) return e->code == SIGKILL && memory_killed(e->pid, e->kills_before);
    return e->code == KILLED_CHILD && memory_kills() > e->kills_before;
}

void life_leader_ended(struct agent *agent, struct exec *e, int status) {
    e->ended_at = e->last_byte_at = now_ns();
    e->how = WIFSIGNALED(status) ? HOW_SIGNALLED : HOW_EXITED;
    e->code = (uint32_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    e->timeout_at = NEVER;
    if (e->why == WHY_ITSELF && wanted_memory(e)) e->why = WHY_MEMORY;
    /* What it left in the pipes is there now: most execs settle right here, without another turn of the loop. */
    output_readable(agent, e, 0);
    output_readable(agent, e, 1);
    if (drained(e)) settle(agent, e);
}

void life_kill(struct agent *agent, struct exec *e, uint32_t grace_ms, enum exec_why why) {
    (void)agent;
    if (e->state != STATE_RUNNING) return;
    if (!e->ended_at && e->why == WHY_ITSELF) e->why = why; /* the first reason is the reason */
    e->kill_at = sooner(e->kill_at, after_ms(now_ns(), grace_ms));
    spawn_signal(e->pid, SIGTERM);
}

void life_end(struct exec *e) {
    e->kill_at = NEVER;
    if (!cgroup_kill(e->leaf)) spawn_signal(e->pid, SIGKILL);
}

int64_t life_timers(struct agent *agent, struct exec *e, int64_t now) {
    if (now >= e->timeout_at) {
        e->timeout_at = NEVER;
        life_kill(agent, e, e->grace_ms, WHY_TIMEOUT);
    }
    if (now >= e->kill_at) life_end(e);
    int64_t next = sooner(e->timeout_at, e->kill_at);
    if (e->state != STATE_RUNNING || !e->ended_at) return next;

    /* A pipe whose ring is full waits for the host's acknowledgements, not for the clock. */
    bool waits = false;
    for (int i = 0; i < 2; i++) waits |= e->out[i].fd >= 0 && !e->out[i].watched;
    if (drained(e) || (!waits && now >= e->last_byte_at + DRAIN)) {
        settle(agent, e);
        return next;
    }
    return waits ? next : sooner(next, e->last_byte_at + DRAIN);
}

void life_forget(struct agent *agent, struct exec *e) {
    /* Who ignored TERM still gets the KILL that was promised; without cgroups it comes early, as the group's number is
     * not ours any more once the entry is gone. */
    if (e->kill_at != NEVER && !e->leaf) life_end(e);
    for (int i = 0; i < 2; i++) output_close(agent, e, i);
    input_close(agent, e);
    cgroup_leave(e->leaf, e->kill_at);
    e->used = false;
}

void life_inherit(struct agent *agent, struct exec *e) {
    for (int i = 0; i < 2; i++) inherited_take(agent, e, i);
    life_forget(agent, e);
}

void life_shift(struct exec *e, int64_t span) {
    e->timeout_at = shifted(e->timeout_at, span);
    e->kill_at = shifted(e->kill_at, span);
    e->last_byte_at += span;
    if (!e->ended_at) e->started_at += span; /* nor is it run time */
}
