#include "ring.h"

#include <stdlib.h>
#include <string.h>

/* First rings that are between two execs: libc would unmap and map them anew each time. */
#define SPARES_MOST 16
static uint8_t *spares[SPARES_MOST];
static int spare_count;

static uint8_t *take(uint32_t size) {
    if (size == RING_FIRST && spare_count) return spares[--spare_count];
    return malloc(size);
}

static void give_back(uint8_t *bytes, uint32_t size) {
    if (size == RING_FIRST && spare_count < SPARES_MOST) spares[spare_count++] = bytes;
    else free(bytes);
}

static bool resize(struct ring *r, struct ring_budget *budget, uint32_t size) {
    uint8_t *bytes = take(size);
    if (!bytes) return false;
    /* The byte of offset o lies at o % size, so in the new ring the bytes lie elsewhere: copy piece by piece. */
    for (uint64_t o = r->start; o < r->end;) {
        uint32_t at = (uint32_t)(o % size);
        uint64_t count = r->end - o < size - at ? r->end - o : size - at;
        ring_copy(r, o, bytes + at, (uint32_t)count);
        o += count;
    }
    give_back(r->bytes, r->size);
    budget->used += size - r->size;
    r->bytes = bytes;
    r->size = size;
    return true;
}

bool ring_make_room(struct ring *r, struct ring_budget *budget) {
    if (r->end - r->start < r->size) return true;
    if (r->size == 0) return resize(r, budget, RING_FIRST); /* every stream gets its first one: 512 of them at most */
    if (r->size >= RING_LAST || budget->used + r->size > budget->limit) return false;
    return resize(r, budget, r->size * 2);
}

int ring_free_parts(const struct ring *r, struct iovec parts[2]) {
    uint32_t room = r->size - (uint32_t)(r->end - r->start);
    if (room == 0) return 0;
    uint32_t at = (uint32_t)(r->end % r->size);
    uint32_t first = room < r->size - at ? room : r->size - at;
    parts[0] = (struct iovec){r->bytes + at, first};
    parts[1] = (struct iovec){r->bytes, room - first};
    return room > first ? 2 : 1;
}

void ring_copy(const struct ring *r, uint64_t offset, uint8_t *to, uint32_t count) {
    uint32_t at = (uint32_t)(offset % r->size);
    uint32_t first = count < r->size - at ? count : r->size - at;
    memcpy(to, r->bytes + at, first);
    memcpy(to + first, r->bytes, count - first);
}

void ring_drop_before(struct ring *r, uint64_t offset) {
    if (offset > r->end) offset = r->end; /* an acknowledgement of bytes that never were: the host's slip, not ours */
    if (offset > r->start) r->start = offset;
}

void ring_release(struct ring *r, struct ring_budget *budget) {
    give_back(r->bytes, r->size);
    budget->used -= r->size;
    *r = (struct ring){0};
}
