#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>

#include "carrier.h"
#include "cgroup.h"
#include "clock.h"
#include "inherited.h"
#include "input.h"
#include "life.h"
#include "output.h"
#include "quiesce.h"
#include "reaper.h"
#include "sender.h"
#include "stop.h"
#include "watch.h"

#define EVENTS_MOST 64
/* A port without a host wakes us when one comes; this is for the wake-up that a kernel forgets. */
#define LOOK_AGAIN (50 * MS)

static void event(struct agent *a, uint64_t key, uint32_t events) {
    int number = (int)(key & 0xffffffff);
    switch ((enum watch_kind)(key >> 32)) {
    case WATCH_CARRIER:
        if (number == a->carrier.fd) carrier_event(a, events);
        break;
    case WATCH_LISTEN: carrier_accept(a); break;
    case WATCH_SIGNALS: reaper_signalled(a); break;
    case WATCH_STDOUT: output_readable(a, &a->execs[number], 0); break;
    case WATCH_STDERR: output_readable(a, &a->execs[number], 1); break;
    case WATCH_STDIN: input_writable(a, &a->execs[number], events); break;
    case WATCH_LEFTOVER: output_leftover_readable(a, number); break;
    case WATCH_INHERITED: inherited_readable(a, number); break;
    }
}

static int64_t timers(struct agent *a) {
    int64_t now = now_ns(), next = quiesce_step(a, now);
    if (!a->still) {
        next = sooner(cgroup_sweep(now), stop_step(a, now));
        for (struct exec *e = a->execs; e < a->execs + EXEC_LIMIT; e++)
            if (e->used) next = sooner(next, life_timers(a, e, now));
    }
    if (a->carrier.hung_up) next = sooner(next, now + LOOK_AGAIN);
    return next;
}

static int milliseconds_to(int64_t when) {
    if (when == NEVER) return -1;
    int64_t left = (when - now_ns() + MS - 1) / MS;
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

void loop_once(struct agent *a, int most_ms) {
    struct epoll_event events[EVENTS_MOST];
    bool busy = carrier_read(a);
    int64_t next = timers(a);
    busy |= sender_flush(a);
    int wait = busy ? 0 : milliseconds_to(next);
    if (most_ms >= 0 && (wait < 0 || wait > most_ms)) wait = most_ms;
    int count = epoll_wait(a->still ? a->quiet_fd : a->epoll_fd, events, EVENTS_MOST, wait);
    for (int i = 0; i < count; i++) event(a, events[i].data.u64, events[i].events);
    if (count == 0 && a->carrier.hung_up) a->carrier.readable = a->carrier.writable = true;
}

_Noreturn void loop_run(struct agent *a) {
    for (;;) loop_once(a, -1);
}
