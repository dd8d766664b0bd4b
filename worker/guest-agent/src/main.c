#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "agent.h"
#include "carrier.h"
#include "guest.h"
#include "log.h"
#include "loop.h"
#include "quiesce.h"
#include "reaper.h"
#include "spawn.h"
#include "watch.h"

static struct agent agent; /* half a megabyte, once: not on the stack */

static void read_uuid(const char *path, char uuid[37]) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, uuid, 36);
    if (fd >= 0) close(fd);
    if (n != 36) snprintf(uuid, 37, "unknown");
}

static void common(bool init) {
    struct sysinfo info;
    sysinfo(&info);
    agent.init = init;
    agent.budget.limit = (uint64_t)info.totalram * info.mem_unit / 8;
    agent.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    agent.signal_fd = reaper_signal_fd();
    watch_add(agent.epoll_fd, agent.signal_fd, EPOLLIN, watch_key(WATCH_SIGNALS, 0));
    spawn_setup(init);
}

static _Noreturn void run_guest(void) {
    guest_boot();
    common(true);
    read_uuid("/proc/sys/kernel/random/boot_id", agent.boot_id);
    carrier_port(&agent, guest_open_port());
    log_line("ready boot=%s", agent.boot_id);
    loop_run(&agent);
}

/* No VM: the same table, sessions and processes behind a Unix socket, for the stub engine. */
static int run_stub(const char *path, const char *root, bool quiesced) {
    common(false);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    read_uuid("/proc/sys/kernel/random/uuid", agent.boot_id);
    agent.root = root;
    int error = carrier_listen(&agent, path);
    if (error) {
        log_line("cannot listen on %s: %s", path, strerror(error));
        return 1;
    }
    if (quiesced && !quiesce_at_start(&agent)) return 1;
    log_line("ready boot=%s", agent.boot_id);
    loop_run(&agent);
}

int main(int argc, char **argv) {
    bool quiesced = argc == 6 && strcmp(argv[5], "--quiesced") == 0;
    if ((argc == 5 || quiesced) && strcmp(argv[1], "--listen") == 0 && strcmp(argv[3], "--root") == 0 && getpid() != 1)
        return run_stub(argv[2], argv[4], quiesced);
    if (getpid() == 1 && argc < 4) run_guest(); /* the kernel may pass on words of its command line */
    fprintf(stderr, "usage: noid-agent --listen PATH --root DIR [--quiesced] (or as PID 1 of a VM)\n");
    return 2;
}
