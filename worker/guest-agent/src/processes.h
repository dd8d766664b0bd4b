/* Who there is, by /proc. */
#ifndef NOID_PROCESSES_H
#define NOID_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
    pid_t pid, parent;
    char state;
    bool ours; /* descends from this process, which adopts whoever loses its parent */
};

/* By the letter of ps; X when it is gone. */
char processes_state(pid_t pid);
/* Sends it SIGSTOP (if it is not stopped) or SIGCONT; true when it runs no more of its program now. */
bool processes_signal(pid_t pid, char state, int number);
/* To be freed; NULL when it cannot be told. */
struct process *processes_list(size_t *count);
/* Everything that runs descends from us, and who loses its parent becomes our child: no child is nobody. */
bool processes_nobody(void);

#endif
