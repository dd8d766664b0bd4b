#include "fakes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"
#include "freeze.h"
#include "guest.h"
#include "identity.h"
#include "memory.h"
#include "parts.h"
#include "reaper.h"
#include "spawn.h"

struct fake_process fake_processes[FAKE_MOST];
bool fake_spawn_fails;
int fake_running;
bool fake_frozen;
int fake_freeze_looks;
jmp_buf fake_guest_ended;
static pid_t last = 1000000; /* no pid of this machine */

pid_t spawn_start(struct spawn *s) {
    struct fake_process *p = fake_processes;
    while (p < fake_processes + FAKE_MOST && p->pid) p++;
    if (fake_spawn_fails || p == fake_processes + FAKE_MOST) {
        s->stage = STAGE_EXEC;
        s->error = ENOENT;
        return -1;
    }
    /* Read every string it was given, for the sanitizer to object to. */
    size_t text = 0;
    for (char **a = s->argv; *a; a++) text += strlen(*a);
    for (char **e = s->envp; *e; e++) text += strlen(*e);
    if (text > EXEC_MOST) longjmp(fake_guest_ended, 2);
    p->in = fcntl(s->fds[0], F_DUPFD_CLOEXEC, 3);
    for (int i = 0; i < 2; i++) {
        p->out[i] = fcntl(s->fds[i + 1], F_DUPFD_CLOEXEC, 3);
        fcntl(p->out[i], F_SETFL, O_NONBLOCK);
    }
    fcntl(p->in, F_SETFL, O_NONBLOCK);
    fake_running++;
    return p->pid = ++last;
}

void fake_end(struct fake_process *p) {
    close(p->in);
    close(p->out[0]);
    close(p->out[1]);
    p->pid = 0;
    fake_running--;
}

void spawn_setup(bool init) { (void)init; }
int spawn_signal(pid_t group, int number) { return group > 1000000 && number <= 64 ? 0 : EINVAL; }

void cgroup_setup(void) {}
uint32_t cgroup_make(int *fd) { return (uint32_t)(*fd = -1, NO_LEAF); }
bool cgroup_kill(uint32_t leaf) { return leaf != NO_LEAF; }
void cgroup_leave(uint32_t leaf, int64_t kill_at) { (void)leaf, (void)kill_at; }
int64_t cgroup_sweep(int64_t now) { return (void)now, NEVER; }
void cgroup_shift(int64_t span) { (void)span; }

uint64_t fake_kills;
uint64_t memory_kills(void) { return fake_kills; }
bool memory_killed(pid_t pid, uint64_t after) { return pid % 2 && fake_kills > after; }

void freeze_begin(void) { fake_frozen = true; }
bool freeze_done(void) { return fake_freeze_looks-- <= 0; }
void freeze_end(void) { fake_frozen = false; }

static uint8_t sum;
const char *identity_take(const struct identity *id) {
    for (int i = 0; i < IDENTITY_SEED; i++) sum = (uint8_t)(sum + id->seed[i]); /* all of it is there */
    for (size_t i = 0; i < id->hostname.length; i++) sum = (uint8_t)(sum + id->hostname.at[i]);
    return sum % 16 ? NULL : "seed";
}
void identity_thawed(void) {}

void guest_clock(uint64_t wall) { (void)wall; }
void guest_adopt(uint64_t wall, struct text hostname) {
    (void)wall;
    if (memchr(hostname.at, 0, hostname.length)) longjmp(fake_guest_ended, 2); /* it promised to be without NUL */
}
void guest_signal_all(int number) { (void)number; }
_Noreturn void guest_end(void) { longjmp(fake_guest_ended, 1); }

int reaper_signal_fd(void) { return -1; }
void reaper_signalled(struct agent *agent) { (void)agent; }
