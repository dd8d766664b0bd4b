#include "reaper.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life.h"
#include "stop.h"
#include "table.h"

int reaper_signal_fd(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM); /* to the stub: as SHUTDOWN, so that no exec outlives it unseen */
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

void reaper_signalled(struct agent *a) {
    struct signalfd_siginfo info;
    while (read(a->signal_fd, &info, sizeof info) == sizeof info)
        if (info.ssi_signo == SIGTERM && !a->init) stop_begin(a, 1000);
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct exec *e = table_by_pid(a, pid);
        if (e) life_leader_ended(a, e, status);
    }
}
