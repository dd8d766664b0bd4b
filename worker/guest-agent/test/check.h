/* A check counts, and on failure says where and goes on. */
#ifndef NOID_CHECK_H
#define NOID_CHECK_H

#include <stdint.h>
#include <stdio.h>

extern unsigned long checks_passed, checks_failed;

#define CHECK(what)                                                                  \
    do {                                                                             \
        if (what) checks_passed++;                                                   \
        else if (checks_failed++ < 20) printf("FAILED %s:%d %s\n", __FILE__, __LINE__, #what); \
    } while (0)

/* xorshift64*: the same everywhere, so a seed is a test case. */
static inline uint64_t any(uint64_t *seed) {
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * 2685821657736338717u;
}

static inline uint32_t below(uint64_t *seed, uint32_t limit) { return (uint32_t)(any(seed) >> 33) % limit; }

void check_golden(const char *directory);
void check_codec(uint64_t seed);
void check_ring(uint64_t seed);
void check_parts(void);
void check_handler(uint64_t seed);

#endif
