#include "carrier.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "sender.h"
#include "session.h"
#include "watch.h"

/* Edge triggered: a port without a host is readable (as 0 bytes) and hung up for as long as that lasts, and would spin. */
#define EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
#define READ_ROUNDS 4

void carrier_watch(struct agent *a, int epoll_fd) {
    struct carrier *c = &a->carrier;
    if (c->fd >= 0) watch_add(epoll_fd, c->fd, EVENTS, watch_key(WATCH_CARRIER, c->fd));
    if (c->listen_fd >= 0) watch_add(epoll_fd, c->listen_fd, EPOLLIN, watch_key(WATCH_LISTEN, 0));
}

static void use(struct agent *a, int fd, bool pipe) {
    struct carrier *c = &a->carrier;
    c->fd = fd;
    c->pipe = pipe;
    c->readable = c->writable = true;
    c->hung_up = false;
    watch_add(a->epoll_fd, fd, EVENTS, watch_key(WATCH_CARRIER, fd));
    if (a->still) carrier_watch(a, a->quiet_fd);
}

void carrier_port(struct agent *a, int fd) {
    a->carrier.listen_fd = -1;
    use(a, fd, true);
}

int carrier_listen(struct agent *a, const char *path) {
    struct carrier *c = &a->carrier;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    c->fd = -1;
    /* Bound under another name and renamed when it listens: who sees the path can connect. */
    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s~", path) >= sizeof address.sun_path)
        return ENAMETOOLONG;
    snprintf(c->path, sizeof c->path, "%s", path);
    c->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    unlink(address.sun_path);
    umask(077);
    if (c->listen_fd < 0 || bind(c->listen_fd, (struct sockaddr *)&address, sizeof address) < 0
        || listen(c->listen_fd, 4) < 0 || rename(address.sun_path, path) < 0)
        return errno;
    watch_add(a->epoll_fd, c->listen_fd, EPOLLIN, watch_key(WATCH_LISTEN, 0));
    return 0;
}

static void lost(struct agent *a) {
    struct carrier *c = &a->carrier;
    if (c->fd < 0) return;
    watch_remove(a->epoll_fd, c->fd);
    close(c->fd); /* which takes it out of any other epoll */
    c->fd = -1;
    session_close(a);
    a->reader.from = a->reader.to = 0;
    a->sender.head = a->sender.from = a->sender.to = 0;
}

void carrier_accept(struct agent *a) {
    int fd = accept4(a->carrier.listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    lost(a);
    use(a, fd, false);
    log_line("carrier connected");
}

void carrier_event(struct agent *a, uint32_t events) {
    struct carrier *c = &a->carrier;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP | EPOLLERR)) c->readable = true;
    if (events & (EPOLLOUT | EPOLLHUP)) c->writable = true;
}

static void handle(struct agent *a) {
    struct frame frame;
    while (sender_has_room(&a->sender) && frame_reader_next(&a->reader, &frame)) session_frame(a, &frame);
}

bool carrier_read(struct agent *a) {
    struct carrier *c = &a->carrier;
    handle(a);
    for (int round = 0; c->fd >= 0 && c->readable && round < READ_ROUNDS; round++) {
        size_t room;
        uint8_t *into = frame_reader_room(&a->reader, &room);
        if (room == 0) return false; /* answers wait to be sent: the flush goes on from here */
        ssize_t n = read(c->fd, into, room);
        if (n > 0) {
            c->hung_up = false;
            frame_reader_added(&a->reader, (size_t)n);
            handle(a);
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && errno == EAGAIN) {
            c->readable = c->hung_up = false;
        } else if (c->pipe) { /* nobody is connected; the session goes on if the same host comes back */
            c->readable = false;
            c->hung_up = true;
        } else {
            lost(a);
        }
    }
    return c->fd >= 0 && c->readable;
}
