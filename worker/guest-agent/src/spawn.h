/* Starting a process: everything between the fork and the exec. */
#ifndef NOID_SPAWN_H
#define NOID_SPAWN_H

#include <sys/types.h>

#include "exec.h"
#include "user.h"

struct spawn {
    char **argv, **envp;
    const char *path;        /* the PATH that argv[0] is looked up in */
    const char *home, *cwd;  /* cwd empty: home, or / when that is not there */
    const struct user *user;
    int fds[3];  /* what become 0, 1 and 2 */
    int leaf_fd; /* -1: none */
    /* why it did not start */
    enum exec_stage stage;
    int error;
};

/* The pid, or -1 with stage and error set. Returns once the program runs, or could not be run. */
pid_t spawn_start(struct spawn *spawn);
/* Before the first exec: whether children get oom_score_adj 0 back, and the limits they start with. */
void spawn_setup(bool init);
/* To the process group; 0 or errno. */
int spawn_signal(pid_t group, int number);

#endif
