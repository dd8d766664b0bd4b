/* The exec table: EXEC_LIMIT entries, found by id, channel or pid. */
#ifndef NOID_TABLE_H
#define NOID_TABLE_H

#include "agent.h"
#include "bytes.h"

struct exec *table_by_id(struct agent *agent, struct text id);
struct exec *table_by_channel(struct agent *agent, uint32_t channel);
struct exec *table_by_pid(struct agent *agent, pid_t pid);
/* A fresh entry in state STARTING, or NULL when the table is full. */
struct exec *table_add(struct agent *agent, struct text id);
int table_index(const struct agent *agent, const struct exec *exec);

#endif
