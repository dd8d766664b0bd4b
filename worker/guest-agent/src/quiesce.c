#include "quiesce.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "carrier.h"
#include "cgroup.h"
#include "clock.h"
#include "freeze.h"
#include "life.h"
#include "log.h"
#include "sender.h"
#include "watch.h"

/* The kernel tells of a frozen group at most every 10 ms, so we look: a few times at once, then by the loop's clock. */
#define LOOKS_AT_ONCE 15
#define LOOK_US 100
#define LOOK_AGAIN MS

static void quiesced(struct agent *a) {
    struct out out = sender_begin(a);
    sender_end(a, QUIESCED, 0, &out);
}

static bool enter(struct agent *a, int64_t until) {
    a->quiet_fd = epoll_create1(EPOLL_CLOEXEC);
    if (a->quiet_fd < 0) return false;
    carrier_watch(a, a->quiet_fd);
    watch_add(a->quiet_fd, a->signal_fd, EPOLLIN, watch_key(WATCH_SIGNALS, 0)); /* for the stub's SIGTERM */
    a->still = STILL_FREEZING;
    a->still_since = now_ns();
    a->still_until = until;
    return true;
}

void quiesce_begin(struct agent *a, uint32_t within_ms) {
    if (a->still == STILL) quiesced(a);
    if (a->still) return; /* while freezing its answer is yet to come */
    if (a->stopping) {
        sender_refuse(a, 0, SHUTTING_DOWN, "");
        return;
    }
    if (!enter(a, after_ms(now_ns(), within_ms))) {
        sender_refuse(a, 0, NOT_DONE, "no descriptor");
        return;
    }
    freeze_begin();
    for (int looks = 0; looks < LOOKS_AT_ONCE && quiesce_step(a, now_ns()) != NEVER; looks++) usleep(LOOK_US);
}

bool quiesce_at_start(struct agent *a) {
    if (!enter(a, NEVER)) return false;
    a->still = STILL;
    return true;
}

int64_t quiesce_step(struct agent *a, int64_t now) {
    if (a->still != STILL_FREEZING) return NEVER;
    if (freeze_done()) {
        a->still = STILL;
        quiesced(a);
        log_line("quiesced us=%lld", (long long)(now_ns() - a->still_since) / 1000);
        return NEVER;
    }
    if (now < a->still_until) return now + LOOK_AGAIN;
    quiesce_end(a);
    sender_refuse(a, 0, NOT_DONE, "processes did not freeze in time");
    return NEVER;
}

void quiesce_end(struct agent *a) {
    if (!a->still) return;
    int64_t span = now_ns() - a->still_since;
    for (struct exec *e = a->execs; e < a->execs + EXEC_LIMIT; e++)
        if (e->used) life_shift(e, span);
    cgroup_shift(span);
    close(a->quiet_fd);
    a->still = STILL_NOT;
    freeze_end();
}

void quiesce_cancel(struct agent *a) {
    if (a->still == STILL_FREEZING) quiesce_end(a);
}

bool quiesce_hears(const struct agent *a, uint8_t type) {
    return !a->still || type == THAW || type == REINIT || type == QUIESCE || type == SHUTDOWN;
}
