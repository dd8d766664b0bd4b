/* What each frame from the host does. docs/agent-protocol.md, "Session" and "Rules". */
#ifndef NOID_SESSION_H
#define NOID_SESSION_H

#include "agent.h"

void session_frame(struct agent *agent, const struct frame *frame);
/* The connection is gone: processes go on, nobody is told. */
void session_close(struct agent *agent);

#endif
