/* Big-endian integers and strings in payloads. A cursor that ran over its end stays `bad`: check once, at the end. */
#ifndef NOID_BYTES_H
#define NOID_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t get32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void put32(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

struct in {
    const uint8_t *at;
    size_t left;
    bool bad;
};

static inline const uint8_t *in_bytes(struct in *in, size_t count) {
    if (in->bad || count > in->left) {
        in->bad = true;
        return NULL;
    }
    const uint8_t *p = in->at;
    in->at += count;
    in->left -= count;
    return p;
}

static inline uint64_t in_number(struct in *in, size_t width) {
    const uint8_t *p = in_bytes(in, width);
    uint64_t v = 0;
    for (size_t i = 0; p && i < width; i++) v = v << 8 | p[i];
    return v;
}

static inline uint8_t in8(struct in *in) { return (uint8_t)in_number(in, 1); }
static inline uint16_t in16(struct in *in) { return (uint16_t)in_number(in, 2); }
static inline uint32_t in32(struct in *in) { return (uint32_t)in_number(in, 4); }
static inline uint64_t in64(struct in *in) { return in_number(in, 8); }

struct text {
    const char *at;
    size_t length;
};

/* A string ends up in the kernel's hands, where NUL would cut it: so one with a NUL is bad. */
static inline struct text in_text(struct in *in) {
    uint32_t length = in32(in);
    const uint8_t *p = in_bytes(in, length);
    if (!p) return (struct text){"", 0};
    if (memchr(p, 0, length)) in->bad = true;
    return (struct text){(const char *)p, length};
}

static inline bool in_done(const struct in *in) { return !in->bad && in->left == 0; }

/* The writer trusts its caller: every payload of the agent has a known largest size. */
struct out {
    uint8_t *at;
};

static inline void out_number(struct out *out, uint64_t v, int width) {
    for (int i = width - 1; i >= 0; i--) *out->at++ = (uint8_t)(v >> (8 * i));
}

static inline void out8(struct out *out, uint8_t v) { out_number(out, v, 1); }
static inline void out16(struct out *out, uint16_t v) { out_number(out, v, 2); }
static inline void out32(struct out *out, uint32_t v) { out_number(out, v, 4); }
static inline void out64(struct out *out, uint64_t v) { out_number(out, v, 8); }

static inline void out_text(struct out *out, const char *text) {
    size_t length = strlen(text);
    out32(out, (uint32_t)length);
    memcpy(out->at, text, length);
    out->at += length;
}

#endif
