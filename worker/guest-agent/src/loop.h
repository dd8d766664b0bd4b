/* One thread that never waits but here. */
#ifndef NOID_LOOP_H
#define NOID_LOOP_H

#include "agent.h"

/* One turn: read and handle, timers, write, then wait for what is next, `most_ms` at most (-1: as long as it takes). */
void loop_once(struct agent *agent, int most_ms);
_Noreturn void loop_run(struct agent *agent);

#endif
