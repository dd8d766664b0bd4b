/* One exec: an entry of the table from before its fork until the host forgets it. */
#ifndef NOID_EXEC_H
#define NOID_EXEC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ring.h"

#define EXEC_LIMIT 256
#define EXEC_ID_MAX 128
#define STDIN_ROOM (1024u << 10)
#define OUTPUT_CHUNK 32768u
#define NO_LEAF 0u

enum exec_state { STATE_STARTING = 1, STATE_RUNNING = 2, STATE_ENDED = 3 };
enum exec_how { HOW_EXITED = 1, HOW_SIGNALLED = 2, HOW_FAILED = 3 };
enum exec_stage { STAGE_NONE = 0, STAGE_USER = 1, STAGE_CWD = 2, STAGE_EXEC = 3, STAGE_RESOURCES = 4 };
enum exec_why { WHY_ITSELF = 0, WHY_TIMEOUT = 1, WHY_KILLED = 2, WHY_MEMORY = 3 };

struct stream {
    int fd; /* our end of the pipe; -1 after its end */
    bool watched;
    uint64_t sent; /* in this session, from ring.start up to ring.end */
    struct ring ring;
};

struct input {
    int fd;
    uint32_t watched; /* epoll events asked for, 0 when not added */
    bool closed;      /* the process closed its end */
    bool ended;       /* the host said where the stream ends */
    uint64_t end;
    struct ring ring; /* outside the output budget, of STDIN_ROOM; start = acknowledged, end = received */
};

struct exec {
    bool used;
    char id[EXEC_ID_MAX + 1];
    uint32_t channel; /* 0: detached */
    enum exec_state state;
    pid_t pid; /* also the process group; 0 when it never started */
    uint32_t leaf;
    struct stream out[2];
    struct input in;

    int64_t started_at, ended_at; /* ended: when the leader was reaped, 0 before */
    int64_t timeout_at, kill_at;
    uint32_t grace_ms;
    int64_t last_byte_at; /* of output, once the leader has ended */

    enum exec_how how;
    uint32_t code;
    enum exec_stage stage;
    enum exec_why why;
    uint64_t kills_before; /* for want of memory, in the whole guest */

    /* What this session's host is still to be told; EXITED goes when the rest is out. */
    bool tell_started, tell_stdin, tell_exited;
};

#endif
