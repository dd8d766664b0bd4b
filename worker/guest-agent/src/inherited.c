#include "inherited.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "log.h"
#include "output.h"
#include "sender.h"
#include "watch.h"

#define PIPES_MOST 512

static struct {
    bool used;
    int fd;
    uint8_t stream;
    uint64_t dropped;
    char id[EXEC_ID_MAX + 1];
} pipes[PIPES_MOST];

void inherited_take(struct agent *a, struct exec *e, int number) {
    struct stream *s = &e->out[number];
    int slot = 0;
    while (slot < PIPES_MOST && pipes[slot].used) slot++;
    if (s->fd < 0) return;
    if (s->watched) watch_remove(a->epoll_fd, s->fd);
    s->watched = false;
    if (slot == PIPES_MOST || watch_add(a->epoll_fd, s->fd, EPOLLIN, watch_key(WATCH_INHERITED, slot)) < 0) {
        output_let_go(a, e, number); /* so many are a guest of guests: read, but not told */
        return;
    }
    pipes[slot].used = true;
    pipes[slot].fd = s->fd;
    pipes[slot].stream = (uint8_t)(number + 1);
    pipes[slot].dropped = 0;
    memcpy(pipes[slot].id, e->id, sizeof e->id);
    s->fd = -1;
}

/* Nothing waits, and it will be written at once. */
static bool idle(const struct agent *a) {
    return a->session && a->carrier.fd >= 0 && a->carrier.writable && a->sender.from == a->sender.to;
}

void inherited_readable(struct agent *a, int slot) {
    static uint8_t ignored[OUTPUT_CHUNK];
    ssize_t n;
    if (!pipes[slot].used) return;
    if (idle(a)) {
        struct out out = sender_begin(a);
        out_text(&out, pipes[slot].id);
        out8(&out, pipes[slot].stream);
        n = read(pipes[slot].fd, out.at, OUTPUT_CHUNK);
        if (n > 0) {
            out.at += n;
            sender_end(a, LOG, 0, &out);
        }
    } else {
        n = read(pipes[slot].fd, ignored, sizeof ignored);
        if (n > 0) pipes[slot].dropped += (uint64_t)n;
    }
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR))) return;
    watch_remove(a->epoll_fd, pipes[slot].fd);
    close(pipes[slot].fd);
    pipes[slot].used = false;
    log_line("inherited output ended stream=%d dropped_bytes=%llu", pipes[slot].stream,
             (unsigned long long)pipes[slot].dropped);
}
