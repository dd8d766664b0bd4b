/* An exec's life: started, ended by itself, by its timeout or by KILL, settled, forgotten. */
#ifndef NOID_LIFE_H
#define NOID_LIFE_H

#include "agent.h"
#include "bytes.h"

struct request {
    uint64_t timeout_ms;
    uint32_t grace_ms;
    bool stdin_pipe;
    char **argv, **given; /* both end in NULL */
    struct text user;
    const char *cwd;
};

void life_start(struct agent *agent, struct exec *exec, const struct request *request);
void life_leader_ended(struct agent *agent, struct exec *exec, int status);
void life_kill(struct agent *agent, struct exec *exec, uint32_t grace_ms, enum exec_why why);
/* Does what is due; returns when to call again. */
int64_t life_timers(struct agent *agent, struct exec *exec, int64_t now);
void life_forget(struct agent *agent, struct exec *exec);
/* The entry goes, the process stays: nobody's exec any more, with no timeout, its stdin at its end, its output LOG. */
void life_inherit(struct agent *agent, struct exec *exec);
/* After a time that does not count. */
void life_shift(struct exec *exec, int64_t span);
/* KILL to all of it that is left. */
void life_end(struct exec *exec);

#endif
