/* A cgroup v2 leaf per exec, /sys/fs/cgroup/noid/<n>, where the guest has them. */
#ifndef NOID_CGROUP_H
#define NOID_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_EXECS "noid" /* the group that all leaves are in */

/* Mounted and delegated? Done once, by PID 1; without it every call below does nothing. */
void cgroup_setup(void);
/* A new leaf's number and an open descriptor of it, or NO_LEAF (0). */
uint32_t cgroup_make(int *fd);
/* Everything in the leaf, whatever group or session it moved to. False where there is no leaf. */
bool cgroup_kill(uint32_t leaf);
/* Gives a leaf up: removed when empty, now or at a later sweep; what is in it by then is left alone,
 * or killed at `kill_at`. */
void cgroup_leave(uint32_t leaf, int64_t kill_at);
/* Removes given-up leaves that became empty; returns when to sweep again. */
int64_t cgroup_sweep(int64_t now);

/* Deadlines of given-up leaves move by the time that stood still. */
void cgroup_shift(int64_t span);

bool cgroup_present(void);
bool cgroup_write(const char *path, const char *text);
/* The file of a few short lines has this in it. */
bool cgroup_says(const char *path, const char *what);

#endif
