#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (256u << 10)

/* Not getpwnam: libc would ask an nscd socket, and wait for it; the guest's root owns both files and sockets. A FIFO
 * in place of the file must not stop the agent either. One buffer that stays: to map and unmap this much for each exec
 * costs more than to read the file. */
static char *read_whole(const char *path) {
    static char text[FILE_MAX + 1];
    struct stat st;
    text[0] = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return text;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX) {
        ssize_t n = read(fd, text, FILE_MAX);
        text[n > 0 ? n : 0] = 0;
    }
    close(fd);
    return text;
}

static bool number(const char *text, const char *end, uint32_t *value) {
    uint64_t v = 0;
    if (text == end) return false;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9') return false;
        v = v * 10 + (uint64_t)(*text - '0');
        if (v >= UINT32_MAX) return false; /* (uid_t)-1 means "leave as it is" to the kernel */
    }
    *value = (uint32_t)v;
    return true;
}

/* Splits a line at ':' in place; missing fields are empty. */
static void split(char *line, char *fields[], int count) {
    static char empty[1];
    for (int i = 0; i < count; i++) {
        fields[i] = line ? line : empty;
        char *colon = line ? strchr(line, ':') : NULL;
        if (colon) *colon = 0;
        line = colon ? colon + 1 : NULL;
    }
}

static char *next_line(char **rest) {
    char *line = *rest;
    if (!line || !*line) return NULL;
    char *end = strchr(line, '\n');
    if (end) *end = 0;
    *rest = end ? end + 1 : NULL;
    return line;
}

/* By name, or by uid when name is NULL. */
static bool from_passwd(const char *name, struct user *user) {
    char *rest = read_whole("/etc/passwd"), *line;
    bool found = false;
    while (!found && (line = next_line(&rest))) {
        char *f[7];
        uint32_t uid, gid;
        split(line, f, 7);
        if (!*f[0] || !number(f[2], f[2] + strlen(f[2]), &uid) || !number(f[3], f[3] + strlen(f[3]), &gid)) continue;
        if (name ? strcmp(name, f[0]) != 0 : uid != user->uid) continue;
        user->uid = uid;
        user->gid = gid;
        snprintf(user->name, sizeof user->name, "%s", f[0]);
        snprintf(user->home, sizeof user->home, "%s", *f[5] ? f[5] : "/");
        found = true;
    }
    return found;
}

static void add_groups(struct user *user) {
    char *rest = read_whole("/etc/group"), *line;
    while ((line = next_line(&rest)) && user->group_count < USER_GROUPS) {
        char *f[4], *save = NULL;
        uint32_t gid;
        split(line, f, 4);
        if (!number(f[2], f[2] + strlen(f[2]), &gid) || gid == user->gid) continue;
        for (char *m = strtok_r(f[3], ",", &save); m; m = strtok_r(NULL, ",", &save))
            if (strcmp(m, user->name) == 0) {
                user->groups[user->group_count++] = gid;
                break;
            }
    }
}

int user_find(struct text wanted, struct user *user) {
    *user = (struct user){.uid = getuid(), .gid = getgid(), .home = "/"};
    const char *colon = memchr(wanted.at, ':', wanted.length), *end = wanted.at + wanted.length;
    uint32_t uid = user->uid, gid = 0;
    if (wanted.length == 0 || number(wanted.at, colon ? colon : end, &uid)) {
        if (colon && !number(colon + 1, end, &gid)) return EINVAL;
        user->uid = uid;
        if (!from_passwd(NULL, user)) {
            /* Not group 0 for a number without an entry: that would be a right nobody gave. */
            if (wanted.length) user->gid = uid;
            snprintf(user->name, sizeof user->name, "%u", uid);
        }
        if (colon) user->gid = gid;
    } else {
        char name[64];
        if (colon || wanted.length >= sizeof name) return EINVAL;
        memcpy(name, wanted.at, wanted.length);
        name[wanted.length] = 0;
        if (!from_passwd(name, user)) return ENOENT;
    }
    if (!colon) add_groups(user);
    user->groups[user->group_count < USER_GROUPS ? user->group_count++ : USER_GROUPS - 1] = user->gid;
    return 0;
}
