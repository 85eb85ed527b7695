/* realloc keeps the contents from any size to any other. What fits stays where it is, and a refused call leaves the
 * block alone. A block that fills most of the pool can grow into the free space behind it, where a copy would not
 * fit. */
#include "family.h"

static void fill(unsigned char *block, size_t size, unsigned seed) {
    for (size_t i = 0; i < size; i++) block[i] = (unsigned char)next_random(&seed);
}
static void check(const unsigned char *block, size_t size, unsigned seed) {
    for (size_t i = 0; i < size; i++)
        CHECK(block[i] == (unsigned char)next_random(&seed), "byte %zu of %zu was lost", i, size);
}

int main(void) {
    size_t sizes[] = {1, 8, 16, 24, 100, 500, 4000, 15000, 17000, 70000, 1 << 20, (3 << 20) + 5};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (int from = 0; from < COUNT; from++)
        for (int to = 0; to < COUNT; to++) {
            unsigned char *block = malloc(sizes[from]);
            fill(block, sizes[from], 5);
            unsigned char *resized = realloc(block, sizes[to]);
            CHECK(resized != NULL && malloc_usable_size(resized) >= sizes[to], "realloc to %zu", sizes[to]);
            check_in_pool(resized);
            check(resized, sizes[from] < sizes[to] ? sizes[from] : sizes[to], 5);
            free(resized);
        }
    /* It works in place if the size class does not change, and for any large block that shrinks. */
    for (int i = 0; i < COUNT; i++) {
        unsigned char *block = malloc(sizes[i]);
        uintptr_t before = (uintptr_t)block;
        size_t usable = malloc_usable_size(block);
        fill(block, sizes[i], 9);
        block = realloc(block, usable);
        CHECK((uintptr_t)block == before, "%zu bytes moved to grow to their usable size", sizes[i]);
        block = realloc(block, sizes[i]);
        CHECK((uintptr_t)block == before, "%zu bytes moved to shrink within their usable size", sizes[i]);
        if (sizes[i] > 100000) {
            block = realloc(block, sizes[i] / 2);
            CHECK((uintptr_t)block == before, "%zu bytes moved to shrink", sizes[i]);
            check(block, sizes[i] / 2, 9);
        }
        free(block);
    }
    /* Grows step by step to three quarters of the pool. */
    size_t pool = strtoul(getenv("VMMALLOC_POOL_SIZE"), NULL, 10) << 20;
    unsigned char *block = malloc(1 << 20);
    fill(block, 1 << 20, 3);
    for (size_t size = 1 << 20; size < pool / 4 * 3; size += 1 << 20) {
        unsigned char *grown = realloc(block, size);
        CHECK(grown != NULL, "no room to grow in place to %zu of %zu bytes", size, pool);
        block = grown;
    }
    check(block, 1 << 20, 3);
    errno = 0;
    CHECK(realloc(block, pool) == NULL && errno == ENOMEM, "realloc beyond the pool");
    check(block, 1 << 20, 3);
    block = realloc(block, 1 << 20);
    check(block, 1 << 20, 3);
    free(block);
    CHECK((block = malloc(pool / 2)) != NULL, "shrinking and freeing gave nothing back");
    free(block);
    return 0;
}
