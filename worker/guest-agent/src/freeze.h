/* Stopping every process that descends from an exec, without its knowing where the kernel can. */
#ifndef NOID_FREEZE_H
#define NOID_FREEZE_H

#include <stdbool.h>

void freeze_begin(void);
/* True when all stand still. Where there are no cgroups it also stops those that were born since. */
bool freeze_done(void);
void freeze_end(void);

#endif
