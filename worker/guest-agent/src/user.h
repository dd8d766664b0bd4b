/* Who an exec runs as, from /etc/passwd and /etc/group. */
#ifndef NOID_USER_H
#define NOID_USER_H

#include <sys/types.h>

#include "bytes.h"

#define USER_GROUPS 64

struct user {
    uid_t uid;
    gid_t gid;
    gid_t groups[USER_GROUPS];
    size_t group_count;
    char name[64];
    char home[512];
};

/* Empty: the agent's own user (root in a VM). 0, or the errno that says why not (ENOENT: no such user). */
int user_find(struct text wanted, struct user *user);

#endif
