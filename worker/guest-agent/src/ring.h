/* Output kept until the host has it: bytes [start, end) of a stream, by offset in the stream. */
#ifndef NOID_RING_H
#define NOID_RING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#define RING_FIRST (64u << 10)
#define RING_LAST (1u << 20)

struct ring_budget {
    uint64_t used, limit; /* bytes of all rings; an eighth of memory */
};

struct ring {
    uint8_t *bytes;
    uint32_t size;
    uint64_t start, end;
};

/* Makes or doubles the ring when it is full and the budget lets it; false when there is no room. */
bool ring_make_room(struct ring *ring, struct ring_budget *budget);
/* The free part, as one or two pieces; returns how many. */
int ring_free_parts(const struct ring *ring, struct iovec parts[2]);
void ring_copy(const struct ring *ring, uint64_t offset, uint8_t *to, uint32_t count);
void ring_drop_before(struct ring *ring, uint64_t offset);
void ring_release(struct ring *ring, struct ring_budget *budget);

#endif
