#ifndef NOID_LOOP_H
#define NOID_LOOP_H

#include "agent.h"

/* For ever. */
_Noreturn void loop_run(struct agent *agent);

#endif
