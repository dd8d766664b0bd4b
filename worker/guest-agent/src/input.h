/* From STDIN frames into an exec's stdin pipe. */
#ifndef NOID_INPUT_H
#define NOID_INPUT_H

#include "agent.h"

bool input_open(struct agent *agent, struct exec *exec, int fd);
void input_bytes(struct agent *agent, struct exec *exec, uint64_t offset, const uint8_t *bytes, size_t count);
void input_end(struct agent *agent, struct exec *exec, uint64_t offset);
void input_writable(struct agent *agent, struct exec *exec, uint32_t events);
void input_close(struct agent *agent, struct exec *exec);
/* The host may send before this offset. */
uint64_t input_granted(const struct exec *exec);

#endif
