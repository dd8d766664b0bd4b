/* Standing still for a checkpoint: QUIESCE, THAW. */
#ifndef NOID_QUIESCE_H
#define NOID_QUIESCE_H

#include "agent.h"

/* Freezes, and answers QUIESCED as the last frame, or REFUSED when that took too long. */
void quiesce_begin(struct agent *agent, uint32_t within_ms);
/* Still from the start, as a restored guest is: for the stub, which has no memory to restore. */
bool quiesce_at_start(struct agent *agent);
int64_t quiesce_step(struct agent *agent, int64_t now);
/* Everything goes on, as if no time had passed. */
void quiesce_end(struct agent *agent);
/* Freezing for a host that is gone. */
void quiesce_cancel(struct agent *agent);
/* What a still agent listens to. */
bool quiesce_hears(const struct agent *agent, uint8_t type);

#endif
