/* Stands in for spawn.c, cgroup.c, freeze.c, identity.c and guest.c: no process is started or signalled, so a fuzzer may ask for anything. */
#ifndef NOID_FAKES_H
#define NOID_FAKES_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define FAKE_MOST 512

struct fake_process {
    pid_t pid; /* 0: free */
    int in, out[2];
};

extern struct fake_process fake_processes[FAKE_MOST];
extern bool fake_spawn_fails;
extern int fake_running;
extern bool fake_frozen;       /* programs must do nothing */
extern int fake_freeze_looks; /* how often freeze_done says no first */
extern uint64_t fake_kills;    /* of the guest's kernel, for want of memory */
extern jmp_buf fake_guest_ended;

void fake_end(struct fake_process *process);

#endif
