/* Freezing whatever is in any cgroup: the execs' own, and what a container engine among them made for its containers. */
#ifndef NOID_CGROUP_FREEZE_H
#define NOID_CGROUP_FREEZE_H

#include <stdbool.h>

/* False where there are no cgroups. */
bool cgroup_freeze(void);
/* Nobody runs any more but us and the kernel. Asked until it is true. */
bool cgroup_frozen(void);
void cgroup_thaw(void);

#endif
