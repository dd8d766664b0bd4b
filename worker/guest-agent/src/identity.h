/* What a restored VM would otherwise share with the one it was saved from, as its kernel and files say it. */
#ifndef NOID_IDENTITY_H
#define NOID_IDENTITY_H

#include "bytes.h"

#define IDENTITY_SEED 64

struct identity {
    uint64_t wall;
    bool fork;
    const uint8_t *seed;
    struct text boot_id, machine_id, hostname; /* the last two empty: leave */
};

/* The kernel's hostname, and where those are plain files /etc/hostname and a line of /etc/hosts, so that a guest finds
 * itself by its own name. Empty: leave. */
bool identity_hostname(struct text name);
/* NULL, or which of those failed that no copy may run without: seed, clock, hostname, boot id. Files of the image are
 * changed where that is possible. */
const char *identity_take(const struct identity *identity);
/* After the thaw: a fork's own ssh host keys, when the image makes any. */
void identity_thawed(void);

#endif
