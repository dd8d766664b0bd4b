/* Output of processes whose exec was of another life of this guest: read, and told as LOG where that costs nobody. */
#ifndef NOID_INHERITED_H
#define NOID_INHERITED_H

#include "agent.h"

/* Takes the pipe; what its ring holds is not touched. */
void inherited_take(struct agent *agent, struct exec *exec, int number);
void inherited_readable(struct agent *agent, int slot);

#endif
