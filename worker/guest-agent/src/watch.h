/* epoll: what each descriptor means is packed in its 64 bits of user data. */
#ifndef NOID_WATCH_H
#define NOID_WATCH_H

#include <stdint.h>

enum watch_kind { WATCH_CARRIER, WATCH_LISTEN, WATCH_SIGNALS, WATCH_STDOUT, WATCH_STDERR, WATCH_STDIN, WATCH_LEFTOVER,
                  WATCH_INHERITED };

static inline uint64_t watch_key(enum watch_kind kind, int number) { return (uint64_t)kind << 32 | (uint32_t)number; }

/* 0, or -1 when the kernel has no memory for it. */
int watch_add(int epoll_fd, int fd, uint32_t events, uint64_t key);
int watch_change(int epoll_fd, int fd, uint32_t events, uint64_t key);
void watch_remove(int epoll_fd, int fd);

#endif
