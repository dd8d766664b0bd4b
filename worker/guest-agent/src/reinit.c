#include "reinit.h"

#include <time.h>

#include "identity.h"
#include "life.h"
#include "log.h"
#include "sender.h"

#define FORK 1
#define BOOT_ID 36
#define MACHINE_ID 32
#define HOSTNAME_MOST 64

/* Only what may stand in a line of a file that others parse. */
static bool made_of(struct text t, const char *letters) {
    for (size_t i = 0; i < t.length; i++)
        if (!strchr(letters, t.at[i])) return false;
    return true;
}

static bool fit(const struct identity *id) {
    return id->boot_id.length == BOOT_ID && made_of(id->boot_id, "0123456789abcdef-")
           && (id->machine_id.length == 0 || id->machine_id.length == MACHINE_ID)
           && made_of(id->machine_id, "0123456789abcdef") && id->hostname.length <= HOSTNAME_MOST
           && made_of(id->hostname, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.");
}

static void reinit_ok(struct agent *a) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct out out = sender_begin(a);
    out64(&out, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
    out_text(&out, a->boot_id);
    sender_end(a, REINIT_OK, 0, &out);
}

void reinit(struct agent *a, struct in *in) {
    struct identity id;
    uint64_t generation = in64(in);
    id.wall = in64(in);
    id.fork = in8(in) & FORK;
    id.seed = in_bytes(in, IDENTITY_SEED);
    id.boot_id = in_text(in);
    id.machine_id = in_text(in);
    id.hostname = in_text(in);
    if (!in_done(in) || !fit(&id) || generation < a->generation) {
        sender_refuse(a, 0, BAD_REQUEST, "reinit");
        return;
    }
    if (a->still != STILL) {
        sender_refuse(a, 0, BAD_REQUEST, "not quiesced");
        return;
    }
    const char *failed = a->init ? identity_take(&id) : NULL;
    if (failed) {
        sender_refuse(a, 0, NOT_DONE, failed);
        return;
    }
    a->generation = generation;
    memcpy(a->boot_id, id.boot_id.at, BOOT_ID);
    for (struct exec *e = a->execs; e < a->execs + EXEC_LIMIT; e++)
        if (e->used) life_inherit(a, e);
    log_line("reinitialised generation=%llu boot=%s fork=%d", (unsigned long long)generation, a->boot_id, id.fork);
    reinit_ok(a);
}
