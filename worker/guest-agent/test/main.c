#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "log.h"

unsigned long checks_passed, checks_failed;

/* check GOLDEN_DIR [SEED]: seeds 1 to as many as six seconds allow, or the one that failed. */
int main(int argc, char **argv) {
    if (argc < 2) return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    log_to(-1); /* thousands of sessions: their lines are of no use here */
    check_golden(argv[1]);
    check_parts();
    uint64_t from = argc > 2 ? strtoull(argv[2], NULL, 0) : 1, seed = from;
    int64_t until = now_ns() + (argc > 2 ? 0 : 6000 * MS);
    do {
        unsigned long before = checks_failed;
        check_codec(seed);
        check_ring(seed);
        check_handler(seed);
        if (checks_failed != before) printf("seed %llu failed\n", (unsigned long long)seed);
        seed++;
    } while (now_ns() < until || (argc == 2 && seed <= 20)); /* so many also on a busy machine */
    printf("guest-agent: %lu checks passed, %lu failed, 0 skipped (seeds %llu to %llu)\n", checks_passed, checks_failed,
           (unsigned long long)from, (unsigned long long)seed - 1);
    return checks_failed != 0;
}
