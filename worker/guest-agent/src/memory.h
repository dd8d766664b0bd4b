/* Whom the guest's kernel killed for want of memory, as its log tells it. A counter in an exec's cgroup would need the
 * memory controller there, which costs every exec; the log costs one system call. */
#ifndef NOID_MEMORY_H
#define NOID_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Listens from now on; without it nobody was ever killed. */
void memory_setup(void);
/* How many were killed up to now. */
uint64_t memory_kills(void);
/* This process was, after as many others. */
bool memory_killed(pid_t pid, uint64_t after);

#endif
