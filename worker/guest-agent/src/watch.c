#include "watch.h"

#include <sys/epoll.h>

static int control(int epoll_fd, int what, int fd, uint32_t events, uint64_t key) {
    struct epoll_event event = {.events = events, .data.u64 = key};
    return epoll_ctl(epoll_fd, what, fd, &event);
}

int watch_add(int epoll_fd, int fd, uint32_t events, uint64_t key) {
    return control(epoll_fd, EPOLL_CTL_ADD, fd, events, key);
}

int watch_change(int epoll_fd, int fd, uint32_t events, uint64_t key) {
    return control(epoll_fd, EPOLL_CTL_MOD, fd, events, key);
}

void watch_remove(int epoll_fd, int fd) { control(epoll_fd, EPOLL_CTL_DEL, fd, 0, 0); }
