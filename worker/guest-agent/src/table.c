#include "table.h"

#include "clock.h"

/* 256 entries are walked: that is a microsecond, and there is no second structure to keep true. */
#define EACH(agent, e) for (struct exec *e = (agent)->execs; e < (agent)->execs + EXEC_LIMIT; e++)

struct exec *table_by_id(struct agent *agent, struct text id) {
    EACH(agent, e) if (e->used && strlen(e->id) == id.length && memcmp(e->id, id.at, id.length) == 0) return e;
    return NULL;
}

struct exec *table_by_channel(struct agent *agent, uint32_t channel) {
    EACH(agent, e) if (e->used && channel && e->channel == channel) return e;
    return NULL;
}

struct exec *table_by_pid(struct agent *agent, pid_t pid) {
    EACH(agent, e) if (e->used && e->pid == pid && e->state == STATE_RUNNING && !e->ended_at) return e;
    return NULL;
}

struct exec *table_add(struct agent *agent, struct text id) {
    EACH(agent, e) {
        if (e->used) continue;
        *e = (struct exec){.used = true, .state = STATE_STARTING, .timeout_at = NEVER, .kill_at = NEVER};
        memcpy(e->id, id.at, id.length);
        e->in.fd = e->out[0].fd = e->out[1].fd = -1;
        return e;
    }
    return NULL;
}

int table_index(const struct agent *agent, const struct exec *exec) { return (int)(exec - agent->execs); }
