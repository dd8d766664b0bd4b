#include "output.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "table.h"
#include "watch.h"

/* At one go, so that one flood does not keep the others from their turn. */
#define READ_MOST (256u << 10)
#define LEFTOVERS_MOST 512

static int leftovers;

static void close_pipe(struct agent *agent, struct stream *s) {
    if (s->watched) watch_remove(agent->epoll_fd, s->fd);
    close(s->fd);
    s->fd = -1;
    s->watched = false;
}

void output_watch(struct agent *agent, struct exec *e, int number) {
    struct stream *s = &e->out[number];
    if (s->fd < 0) return;
    /* Most execs never write to stderr: no ring before the first byte. */
    bool want = s->ring.size == 0 || ring_make_room(&s->ring, &agent->budget);
    if (want == s->watched) return;
    if (want) {
        e->last_byte_at = now_ns(); /* silence is measured while we listen */
        s->watched = watch_add(agent->epoll_fd, s->fd, EPOLLIN,
                               watch_key(number ? WATCH_STDERR : WATCH_STDOUT, table_index(agent, e))) == 0;
    } else {
        watch_remove(agent->epoll_fd, s->fd);
        s->watched = false;
    }
}

void output_readable(struct agent *agent, struct exec *e, int number) {
    struct stream *s = &e->out[number];
    uint64_t most = s->ring.end + READ_MOST;
    while (s->fd >= 0 && s->ring.end < most && ring_make_room(&s->ring, &agent->budget)) {
        struct iovec parts[2];
        ssize_t n = readv(s->fd, parts, ring_free_parts(&s->ring, parts));
        if (n > 0) {
            s->ring.end += (uint64_t)n;
            e->last_byte_at = now_ns();
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            close_pipe(agent, s);
        } else if (errno == EAGAIN) {
            break;
        }
    }
    output_watch(agent, e, number);
}

void output_acknowledged(struct agent *agent, struct exec *e, int number, uint64_t offset) {
    struct stream *s = &e->out[number];
    if (offset > s->sent) return; /* of bytes this session's host cannot have */
    ring_drop_before(&s->ring, offset);
    output_watch(agent, e, number);
}

void output_let_go(struct agent *agent, struct exec *e, int number) {
    struct stream *s = &e->out[number];
    if (s->fd < 0) return;
    /* A daemon that kept its stdout must not die of SIGPIPE because its starter's exec is over. */
    int fd = s->fd;
    if (s->watched) watch_remove(agent->epoll_fd, fd);
    s->fd = -1;
    s->watched = false;
    if (leftovers < LEFTOVERS_MOST && watch_add(agent->epoll_fd, fd, EPOLLIN, watch_key(WATCH_LEFTOVER, fd)) == 0)
        leftovers++;
    else
        close(fd);
}

void output_leftover_readable(struct agent *agent, int fd) {
    static char ignored[64 << 10];
    ssize_t n = read(fd, ignored, sizeof ignored);
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR))) return;
    watch_remove(agent->epoll_fd, fd);
    close(fd);
    leftovers--;
}

void output_close(struct agent *agent, struct exec *e, int number) {
    struct stream *s = &e->out[number];
    if (s->fd >= 0) close_pipe(agent, s);
    ring_release(&s->ring, &agent->budget);
}
