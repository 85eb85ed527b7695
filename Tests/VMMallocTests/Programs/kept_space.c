/* Large blocks that come and go keep their space, so they cost no page faults. But there is a bound on the space
 * kept. */
#include "witness.h"

#include <sys/resource.h>
#include <sys/statvfs.h>

static size_t bytes_taken(void) {
    struct statvfs status;
    CHECK(statvfs(getenv("VMMALLOC_POOL_DIR"), &status) == 0, "statvfs");
    return (status.f_blocks - status.f_bfree) * status.f_frsize;
}

static long page_faults(void) {
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
    return usage.ru_minflt;
}

static char *touched(size_t size) {
    char *block = malloc(size);
    CHECK(block != NULL, "no block of %zu bytes", size);
    for (size_t offset = 0; offset < size; offset += 4096) block[offset] = 1;
    return block;
}

int main(void) {
    enum { SIZE = 20 << 20, COUNT = 10, ROUNDS = 100, LEAST_KEPT = 32 << 20, REST = 4 << 20 };
    check_in_pool(touched(1));
    free(touched(SIZE));
    long before = page_faults();
    for (int round = 0; round < ROUNDS; round++) free(touched(SIZE));
    long faults = page_faults() - before;
    CHECK(faults < SIZE / 4096, "%ld page faults for %d blocks of %d pages", faults, ROUNDS, SIZE / 4096);

    char *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) blocks[i] = touched(SIZE);
    size_t most = bytes_taken();
    CHECK(most >= (size_t)SIZE * COUNT, "%zu bytes hold %d blocks", most, COUNT);
    for (int i = COUNT; i-- > COUNT / 2;) free(blocks[i]);
    CHECK(bytes_taken() <= most, "what was freed takes more than what was in use");
    for (int i = COUNT / 2; i-- > 0;) free(blocks[i]);
    size_t kept = bytes_taken();
    CHECK(kept <= LEAST_KEPT + REST, "%zu bytes are kept of an empty heap", kept);
    return 0;
}
