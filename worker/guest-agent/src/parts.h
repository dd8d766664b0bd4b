/* An EXEC that is larger than a frame, put together from its parts. The host sends all of one before anything else of
 * the session, so there is one at a time. */
#ifndef NOID_PARTS_H
#define NOID_PARTS_H

#include "bytes.h"

/* The host's API takes 256 KiB of argv and environment in 8,192 strings; each string brings four bytes more. */
#define EXEC_MOST (512u << 10)

struct parts {
    uint32_t channel, total, held;
    uint8_t *bytes; /* NULL when none is being put together */
};

enum parts_state { PARTS_MORE, PARTS_WHOLE, PARTS_BAD };

/* Takes the payload of one EXEC_PART. Whole: bytes and total are the EXEC's, until parts_drop(). Bad: it is over its
 * size or does not continue what is there, and nothing of it is left. */
enum parts_state parts_add(struct parts *parts, uint32_t channel, struct in *in);
void parts_drop(struct parts *parts);

#endif
