#include "frame.h"

#include <string.h>

#include "bytes.h"

/* Slicing by 8: under software emulation a byte-wise CRC would be the slowest part of the output path. */
static uint32_t tables[8][256];

static void make_tables(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
        tables[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < 8; t++) tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 0xff];
}

static uint32_t little32(const uint8_t *p) {
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

uint32_t frame_crc32(const uint8_t *p, size_t count) {
    if (tables[0][1] == 0) make_tables();
    uint32_t c = 0xffffffffu;
    for (; count >= 8; count -= 8, p += 8) {
        uint32_t a = c ^ little32(p);
        uint32_t b = little32(p + 4);
        c = tables[7][a & 0xff] ^ tables[6][a >> 8 & 0xff] ^ tables[5][a >> 16 & 0xff] ^ tables[4][a >> 24]
            ^ tables[3][b & 0xff] ^ tables[2][b >> 8 & 0xff] ^ tables[1][b >> 16 & 0xff] ^ tables[0][b >> 24];
    }
    while (count--) c = tables[0][(c ^ *p++) & 0xff] ^ c >> 8;
    return ~c;
}

void frame_seal(uint8_t *at, uint32_t session, uint32_t channel, uint8_t type, uint32_t length) {
    put32(at, FRAME_MAGIC);
    put32(at + 4, length);
    put32(at + 8, session);
    put32(at + 12, channel);
    put32(at + 16, (uint32_t)type << 24);
    put32(at + 20, frame_crc32(at, 20));
    put32(at + 24, frame_crc32(at + FRAME_HEADER, length));
}

bool frame_header(const uint8_t *at, struct frame *out) {
    if (get32(at) != FRAME_MAGIC || get32(at + 4) > FRAME_PAYLOAD_MAX) return false;
    if (at[17] || at[18] || at[19] || get32(at + 8) == 0) return false;
    if (get32(at + 20) != frame_crc32(at, 20)) return false;
    *out = (struct frame){
        .session = get32(at + 8), .channel = get32(at + 12), .type = at[16], .length = get32(at + 4)};
    return true;
}

uint8_t *frame_reader_room(struct frame_reader *r, size_t *room) {
    if (r->from == r->to) r->from = r->to = 0;
    if (r->from && sizeof r->bytes - r->to < FRAME_MAX) {
        memmove(r->bytes, r->bytes + r->from, r->to - r->from);
        r->to -= r->from;
        r->from = 0;
    }
    *room = sizeof r->bytes - r->to;
    return r->bytes + r->to;
}

void frame_reader_added(struct frame_reader *r, size_t count) { r->to += count; }

static void skip(struct frame_reader *r, size_t count) {
    r->from += count;
    r->skipped += count;
}

bool frame_reader_next(struct frame_reader *r, struct frame *out) {
    while (r->from < r->to) {
        const uint8_t *at = r->bytes + r->from;
        size_t left = r->to - r->from;
        if (*at != FRAME_MAGIC >> 24) { /* the same as byte by byte, only quick over a fill of 0xff */
            const uint8_t *next = memchr(at, FRAME_MAGIC >> 24, left);
            skip(r, next ? (size_t)(next - at) : left);
            continue;
        }
        if (left < FRAME_HEADER) return false;
        if (!frame_header(at, out)) {
            skip(r, 1);
            continue;
        }
        if (left < FRAME_HEADER + out->length) return false;
        out->payload = at + FRAME_HEADER;
        r->from += FRAME_HEADER + out->length;
        if (get32(at + 24) == frame_crc32(out->payload, out->length)) return true;
        r->dropped++;
    }
    return false;
}
