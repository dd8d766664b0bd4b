#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "table.h"
#include "watch.h"

/* A pipe's hang-up (the reader is gone) is told without being asked for, so events may be none at all. */
#define NONE_ASKED EPOLLERR

static void watch(struct agent *agent, struct exec *e, uint32_t events) {
    struct input *in = &e->in;
    if (in->fd < 0 || in->watched == events) return;
    uint64_t key = watch_key(WATCH_STDIN, table_index(agent, e));
    if (in->watched) watch_change(agent->epoll_fd, in->fd, events, key);
    else watch_add(agent->epoll_fd, in->fd, events, key);
    in->watched = events;
}

bool input_open(struct agent *agent, struct exec *e, int fd) {
    e->in.ring.bytes = malloc(STDIN_ROOM); /* touched, and so paid for, only as far as it is used */
    if (!e->in.ring.bytes) return false;
    e->in.ring.size = STDIN_ROOM;
    e->in.fd = fd;
    watch(agent, e, NONE_ASKED);
    return true;
}

static void close_pipe(struct agent *agent, struct exec *e) {
    if (e->in.fd < 0) return;
    watch_remove(agent->epoll_fd, e->in.fd);
    close(e->in.fd);
    e->in.fd = -1;
    e->in.watched = 0;
}

void input_close(struct agent *agent, struct exec *e) {
    close_pipe(agent, e);
    free(e->in.ring.bytes);
    e->in.ring = (struct ring){.start = e->in.ring.start, .end = e->in.ring.start};
}

static void reader_gone(struct agent *agent, struct exec *e) {
    e->in.closed = true;
    e->tell_stdin = true;
    input_close(agent, e);
}

uint64_t input_granted(const struct exec *e) { return e->in.ring.start + e->in.ring.size; }

/* Writes what the pipe takes. The bytes are in at most two pieces of the ring. */
static void push(struct agent *agent, struct exec *e) {
    struct input *in = &e->in;
    while (in->fd >= 0 && in->ring.start < in->ring.end) {
        uint32_t at = (uint32_t)(in->ring.start % in->ring.size);
        uint64_t held = in->ring.end - in->ring.start, first = in->ring.size - at;
        ssize_t n = write(in->fd, in->ring.bytes + at, held < first ? held : first);
        if (n > 0) {
            in->ring.start += (uint64_t)n;
            e->tell_stdin = true;
        } else if (n < 0 && errno == EAGAIN) {
            break;
        } else if (!(n < 0 && errno == EINTR)) {
            reader_gone(agent, e);
        }
    }
    if (in->fd >= 0 && in->ended && in->ring.start >= in->end) {
        close_pipe(agent, e);
        e->tell_stdin = true;
    }
    watch(agent, e, in->ring.start < in->ring.end ? EPOLLOUT : NONE_ASKED);
}

void input_bytes(struct agent *agent, struct exec *e, uint64_t offset, const uint8_t *bytes, size_t count) {
    struct input *in = &e->in;
    if (in->fd < 0 || offset > in->ring.end) return; /* a gap is the host's slip; the next STDIN_ACK puts it right */
    uint64_t known = in->ring.end - offset;
    if (known >= count) {
        e->tell_stdin = true; /* a duplicate: it did not know, so tell it */
        return;
    }
    bytes += known;
    count -= known;
    uint64_t room = input_granted(e) - in->ring.end;
    if (in->ended && in->end - in->ring.end < room) room = in->end - in->ring.end;
    if (count > room) count = room;
    while (count) {
        uint32_t at = (uint32_t)(in->ring.end % in->ring.size);
        size_t n = count < in->ring.size - at ? count : in->ring.size - at;
        memcpy(in->ring.bytes + at, bytes, n);
        in->ring.end += n;
        bytes += n;
        count -= n;
    }
    push(agent, e);
}

void input_end(struct agent *agent, struct exec *e, uint64_t offset) {
    struct input *in = &e->in;
    if (in->fd < 0 || in->ended || offset < in->ring.end) return;
    in->ended = true;
    in->end = offset;
    push(agent, e);
}

void input_writable(struct agent *agent, struct exec *e, uint32_t events) {
    if (events & EPOLLERR) reader_gone(agent, e);
    else push(agent, e);
}
