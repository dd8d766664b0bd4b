/* SIGCHLD: one reaper for execs, for what they orphaned, and for children that failed before their exec. */
#ifndef NOID_REAPER_H
#define NOID_REAPER_H

#include "agent.h"

int reaper_signal_fd(void);
void reaper_signalled(struct agent *agent);

#endif
