/* SHUTDOWN: TERM to all, wait, KILL, tell the host what ended, then end the VM (or the stub). */
#ifndef NOID_STOP_H
#define NOID_STOP_H

#include "agent.h"

void stop_begin(struct agent *agent, uint32_t grace_ms);
/* Moves on when it is time or nothing is left to wait for; returns when to call again. Does not return at the end. */
int64_t stop_step(struct agent *agent, int64_t now);

#endif
