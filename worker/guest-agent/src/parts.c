#include "parts.h"

#include <stdlib.h>

void parts_drop(struct parts *p) {
    free(p->bytes);
    *p = (struct parts){0};
}

static bool begin(struct parts *p, uint32_t channel, uint32_t total) {
    parts_drop(p);
    if (total == 0 || total > EXEC_MOST) return false;
    *p = (struct parts){.channel = channel, .total = total, .bytes = malloc(total)};
    return p->bytes;
}

enum parts_state parts_add(struct parts *p, uint32_t channel, struct in *in) {
    uint32_t total = in32(in), offset = in32(in);
    bool fits = !in->bad && channel && (offset || begin(p, channel, total)) && p->bytes && channel == p->channel
                && total == p->total && offset == p->held && in->left <= p->total - p->held;
    if (!fits) {
        parts_drop(p); /* half of one may never run as another one's beginning */
        return PARTS_BAD;
    }
    memcpy(p->bytes + p->held, in->at, in->left);
    p->held += (uint32_t)in->left;
    return p->held == p->total ? PARTS_WHOLE : PARTS_MORE;
}
