#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD 8192 /* the kernel's longest, else it says EINVAL */
#define RECORDS_MOST 4096 /* at one go: a guest that floods its log keeps nobody waiting */
#define REMEMBERED 64u

static int log_fd = -1;
static uint64_t kills;
static pid_t killed[REMEMBERED];

void memory_setup(void) {
    log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (log_fd >= 0) lseek(log_fd, 0, SEEK_END);
}

/* "3,1234,56789,-;Out of memory: Killed process 42 (sh) total-vm:…". The first number has the facility above its lowest
 * three bits: 0 is the kernel, which no program of the guest can write. */
static void heard(const char *record) {
    const char *text = strchr(record, ';');
    if (!text || strtoul(record, NULL, 10) > 7) return;
    const char *said = strstr(text, "ut of memory: Killed process "); /* of the whole guest, or of a cgroup in it */
    const char *end = strchr(text, '\n');
    if (!said || (end && said > end)) return;
    killed[kills++ % REMEMBERED] = (pid_t)atol(said + strlen("ut of memory: Killed process "));
}

uint64_t memory_kills(void) {
    static char record[RECORD + 1];
    for (int i = 0; log_fd >= 0 && i < RECORDS_MOST; i++) {
        ssize_t n = read(log_fd, record, RECORD);
        if (n < 0 && errno != EPIPE && errno != EINTR) break; /* EPIPE: older ones were overwritten */
        record[n > 0 ? n : 0] = 0;
        heard(record);
    }
    return kills;
}

bool memory_killed(pid_t pid, uint64_t after) {
    uint64_t until = memory_kills();
    if (until - after > REMEMBERED) after = until - REMEMBERED;
    for (; after < until; after++)
        if (killed[after % REMEMBERED] == pid) return true;
    return false;
}
