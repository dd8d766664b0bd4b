/* The whole state of the agent: one process, one thread, no other state than this (and the codec's tables). */
#ifndef NOID_AGENT_H
#define NOID_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "exec.h"
#include "frame.h"
#include "parts.h"

struct carrier {
    int fd;        /* the port or the one connection; -1 when there is none */
    int listen_fd; /* stub only */
    bool pipe;     /* the port: bytes of an earlier host may lie in it */
    bool readable, writable;
    bool hung_up; /* the port without a host: look again by the clock */
    char path[108];
};

/* Frames on their way out. OUTPUT is added only when nothing else waits, so what lies here is bounded. */
struct sender {
    size_t head, from, to; /* head: where the frame that `from` lies in begins */
    unsigned turn; /* whose OUTPUT comes next */
    uint8_t bytes[4 * FRAME_MAX];
};

/* Still: processes frozen, nothing read from them, nothing said but answers to what quiesce.h lets through. */
enum stillness { STILL_NOT, STILL_FREEZING, STILL };

enum stopping { STOP_NOT, STOP_TERM, STOP_KILL, STOP_FLUSH };

struct agent {
    struct carrier carrier;
    struct frame_reader reader;
    struct sender sender;
    struct exec execs[EXEC_LIMIT];
    struct ring_budget budget;
    uint32_t session; /* 0 before the first HELLO */
    uint16_t protocol; /* of the session */
    struct parts parts;
    uint64_t generation;
    char boot_id[37];
    bool init;        /* PID 1 of a VM, else the stub */
    const char *root; /* the stub's default cwd; NULL: the user's home */
    int epoll_fd, signal_fd;
    enum stopping stopping;
    int64_t stop_at; /* when the next stage of stopping is due */
    enum stillness still;
    int64_t still_since, still_until; /* until: when freezing is given up */
    int quiet_fd; /* while still, waited on in place of epoll_fd: it has no pipe in it */
};

#endif
