/* REINIT: a restored guest becomes somebody of its own, before any of its processes runs again. */
#ifndef NOID_REINIT_H
#define NOID_REINIT_H

#include "agent.h"
#include "bytes.h"

void reinit(struct agent *agent, struct in *in);

#endif
