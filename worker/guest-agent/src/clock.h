/* The monotonic clock in ns; deadlines are points on it, NEVER is none. */
#ifndef NOID_CLOCK_H
#define NOID_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NEVER INT64_MAX
#define MS 1000000LL

static inline int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* `now + ms`, without running over for an absurd ms. */
static inline int64_t after_ms(int64_t now, uint64_t ms) {
    return ms > (uint64_t)((NEVER - now) / MS - 1) ? NEVER : now + (int64_t)ms * MS;
}

/* A deadline after a time that does not count; what is never stays never. */
static inline int64_t shifted(int64_t when, int64_t span) { return when > NEVER - span ? NEVER : when + span; }

static inline int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

#endif
