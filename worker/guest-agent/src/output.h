/* From an exec's stdout and stderr pipes into their rings. */
#ifndef NOID_OUTPUT_H
#define NOID_OUTPUT_H

#include "agent.h"

void output_readable(struct agent *agent, struct exec *exec, int number);
/* Watches a pipe exactly while its ring has room: epoll tells of a hang-up whether asked or not. */
void output_watch(struct agent *agent, struct exec *exec, int number);
void output_acknowledged(struct agent *agent, struct exec *exec, int number, uint64_t offset);
/* Stops keeping what comes; a descendant that still writes is read from and ignored. */
void output_let_go(struct agent *agent, struct exec *exec, int number);
void output_leftover_readable(struct agent *agent, int fd);
void output_close(struct agent *agent, struct exec *exec, int number);

#endif
