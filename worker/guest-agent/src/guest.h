/* What only PID 1 of a VM does to the machine around it. */
#ifndef NOID_GUEST_H
#define NOID_GUEST_H

#include "bytes.h"

/* Mounts, modules, the image's root: from the initramfs to a running system. Never fails: what does not work is
 * logged, because an agent that answers is worth more than one that gave up. */
void guest_boot(void);
/* Opens the virtio port named `agent`, or waits for it. */
int guest_open_port(void);
/* The host's wall clock (ns since 1970; 0: leave). Small differences are left. */
void guest_clock(uint64_t wall_ns);
/* The clock, and the hostname (empty: leave). */
void guest_adopt(uint64_t wall_ns, struct text hostname);
/* To every process but PID 1. */
void guest_signal_all(int number);
_Noreturn void guest_end(void);

#endif
