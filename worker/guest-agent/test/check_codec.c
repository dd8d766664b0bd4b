#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "check.h"
#include "frame.h"
#include "ring.h"

static uint8_t *whole_file(const char *directory, const char *name, size_t *size) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(1 << 20);
    *size = file ? fread(bytes, 1, 1 << 20, file) : 0;
    if (file) fclose(file);
    CHECK(*size > 0);
    return bytes;
}

static size_t unhex(const char *hex, uint8_t *to) {
    size_t n = 0;
    unsigned byte;
    while (sscanf(hex + 2 * n, "%2x", &byte) == 1) to[n++] = (uint8_t)byte;
    return n;
}

/* Each row of frames.tsv makes the file's bytes, and the file's bytes read as the row. */
void check_golden(const char *directory) {
    size_t size;
    char *table = (char *)whole_file(directory, "frames.tsv", &size), *save = NULL;
    table[size] = 0;
    int rows = 0;
    static uint8_t made[FRAME_MAX];
    static struct frame_reader reader;
    for (char *line = strtok_r(table, "\n", &save); (line = strtok_r(NULL, "\n", &save)); rows++) {
        char name[64];
        unsigned type, session, channel;
        int at = 0;
        CHECK(sscanf(line, "%63s %x %u %u%n", name, &type, &session, &channel, &at) == 4);
        uint32_t length = (uint32_t)unhex(line + at + 1, made + FRAME_HEADER);
        frame_seal(made, session, channel, (uint8_t)type, length);
        uint8_t *file = whole_file(directory, name, &size);
        CHECK(size == FRAME_HEADER + length && memcmp(file, made, size) == 0);
        size_t room;
        struct frame f;
        memcpy(frame_reader_room(&reader, &room), file, size);
        frame_reader_added(&reader, size);
        CHECK(frame_reader_next(&reader, &f));
        CHECK(f.type == type && f.session == session && f.channel == channel && f.length == length);
        CHECK(memcmp(f.payload, made + FRAME_HEADER, length) == 0 && !frame_reader_next(&reader, &f));
        free(file);
    }
    CHECK(rows == 37);
    CHECK(frame_crc32((const uint8_t *)"123456789", 9) == 0xcbf43926u);
    free(table);
}

static size_t add_frame(uint64_t *seed, uint8_t *to, uint32_t session) {
    uint32_t length = below(seed, 8) ? below(seed, 300) : below(seed, FRAME_PAYLOAD_MAX + 1);
    for (uint32_t i = 0; i < length; i++) to[FRAME_HEADER + i] = (uint8_t)any(seed);
    frame_seal(to, session, (uint32_t)any(seed), (uint8_t)any(seed), length);
    return FRAME_HEADER + length;
}

/* Frames of session 1, with garbage, halves and damage of session 2 between them, in reads of any size: after each
 * fill, every frame of session 1 is found, whole and in order, whatever came before. */
void check_codec(uint64_t seed) {
    enum { SIZE = 1 << 20 };
    static uint8_t stream[SIZE + 4 * FRAME_MAX];
    static struct frame_reader reader;
    size_t used = 0, starts[256];
    int expected = 0, found = 0;
    uint64_t s = seed * 0x9e3779b97f4a7c15u + 1;
    memset(&reader, 0, sizeof reader);
    while (used < SIZE && expected < 256) {
        uint32_t kind = below(&s, 4);
        if (kind == 0) {
            for (uint32_t n = below(&s, 5000); n; n--) stream[used++] = below(&s, 3) ? (uint8_t)any(&s) : "NOID"[below(&s, 4)];
        } else if (kind == 1) {
            size_t n = add_frame(&s, stream + used, 2);
            used += below(&s, (uint32_t)n); /* cut */
        } else if (kind == 2) {
            size_t n = add_frame(&s, stream + used, 2);
            stream[used + below(&s, (uint32_t)n)] ^= (uint8_t)(1 << below(&s, 8));
            used += n;
        }
        memset(stream + used, 0xff, FRAME_MAX);
        used += FRAME_MAX;
        for (uint32_t n = 1 + below(&s, 4); n && expected < 256; n--) {
            starts[expected++] = used;
            used += add_frame(&s, stream + used, 1);
        }
    }
    for (size_t at = 0; at < used;) {
        size_t room;
        uint8_t *into = frame_reader_room(&reader, &room);
        size_t n = 1 + below(&s, below(&s, 2) ? 100000 : 50);
        if (n > room) n = room;
        if (n > used - at) n = used - at;
        CHECK(n > 0);
        if (n == 0) return;
        memcpy(into, stream + at, n);
        frame_reader_added(&reader, n);
        at += n;
        struct frame f;
        while (frame_reader_next(&reader, &f)) {
            if (f.session != 1) continue;
            const uint8_t *want = stream + starts[found++];
            CHECK(found <= expected && f.length == get32(want + 4) && memcmp(f.payload, want + FRAME_HEADER, f.length) == 0);
        }
    }
    CHECK(found == expected);
}

/* A ring against the plain stream it holds a part of. */
void check_ring(uint64_t seed) {
    enum { SIZE = 4 << 20 };
    static uint8_t stream[SIZE], copy[RING_LAST];
    uint64_t s = seed + 77;
    struct ring_budget budget = {0, below(&s, 3) ? RING_LAST * 2 : RING_FIRST * 3};
    struct ring r = {0};
    for (size_t i = 0; i < SIZE; i += 8) memcpy(stream + i, &(uint64_t){any(&s)}, 8);
    while (r.end < SIZE - RING_LAST) {
        struct iovec parts[2];
        bool made = ring_make_room(&r, &budget);
        int count = made ? ring_free_parts(&r, parts) : 0;
        CHECK(budget.used == r.size && r.size <= RING_LAST && (made || r.end - r.start == r.size));
        for (int i = 0; i < count; i++) {
            size_t n = below(&s, (uint32_t)parts[i].iov_len + 1);
            memcpy(parts[i].iov_base, stream + r.end, n);
            r.end += n;
            if (n < parts[i].iov_len) break;
        }
        uint32_t held = (uint32_t)(r.end - r.start);
        if (held) {
            uint32_t skip = below(&s, held), n = below(&s, held - skip + 1);
            ring_copy(&r, r.start + skip, copy, n);
            CHECK(memcmp(copy, stream + r.start + skip, n) == 0);
        }
        if (below(&s, 3) == 0 || !made) ring_drop_before(&r, r.start + below(&s, held + 10));
        CHECK(r.start <= r.end);
    }
    ring_release(&r, &budget);
    CHECK(budget.used == 0);
}
