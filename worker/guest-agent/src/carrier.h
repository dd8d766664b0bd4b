/* The byte channel to the host: a virtio port, or connections to a Unix socket. */
#ifndef NOID_CARRIER_H
#define NOID_CARRIER_H

#include "agent.h"

void carrier_port(struct agent *agent, int fd);
/* Listens; 0 or errno. */
int carrier_listen(struct agent *agent, const char *path);
void carrier_accept(struct agent *agent);
void carrier_event(struct agent *agent, uint32_t events);
/* Watches it by another epoll too. */
void carrier_watch(struct agent *agent, int epoll_fd);
/* Reads and handles what is there; true when there is more right now. */
bool carrier_read(struct agent *agent);

#endif
