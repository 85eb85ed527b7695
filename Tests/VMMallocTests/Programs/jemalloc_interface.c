/* A program written for jemalloc and linked with it, which calls jemalloc's own functions beside malloc and free. All
 * of its blocks lie in the pool, and any function can free what another one allocated. */
#include "witness.h"

#include <jemalloc/jemalloc.h>

static char *messages;
static void keep(void *where, const char *text) { *(size_t *)where += strlen(text), messages = "heard"; }

/* The program's own options, set as jemalloc(3) allows. What the library needs overrides them. */
const char *malloc_conf = "zero:true,background_thread:true,narenas:7,percpu_arena:percpu,dss:primary,prof:true";

static void *in_pool(void *block, size_t size) {
    CHECK(block != NULL, "no block of %zu bytes", size);
    check_in_pool(block);
    check_in_pool((char *)block + size - 1);
    memset(block, 1, size);
    return block;
}

static void exchange_blocks(void) {
    static const size_t sizes[] = {1, 100, 5000, 70000, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i];
        free(in_pool(mallocx(size, 0), size));
        dallocx(in_pool(malloc(size), size), 0);
        sdallocx(in_pool(calloc(1, size), size), size, 0);
        free(in_pool(mallocx(size, MALLOCX_ALIGN(4096) | MALLOCX_ZERO), size));
        dallocx(in_pool(aligned_alloc(64, size), size), MALLOCX_TCACHE_NONE);
        free(in_pool(rallocx(in_pool(malloc(size), size), size * 3, 0), size * 3));
        dallocx(in_pool(realloc(in_pool(mallocx(size, 0), size), size * 3), size * 3), 0);
        void *block = in_pool(mallocx(size, 0), size);
        CHECK(sallocx(block, 0) == malloc_usable_size(block) && sallocx(block, 0) == nallocx(size, 0),
              "sizes of a block of %zu bytes differ", size);
        size_t resized = xallocx(block, size, size * 2, 0);
        CHECK(resized >= size && malloc_usable_size(block) == resized, "xallocx said %zu", resized);
        free(block);
    }
}

#define READ(type, name)                                                                          \
    ({                                                                                            \
        type value;                                                                               \
        size_t length = sizeof value;                                                             \
        int error = mallctl(name, &value, &length, NULL, 0);                                      \
        CHECK(error == 0, "%s: error %d", name, error);                                           \
        value;                                                                                    \
    })

static void read_options(void) {
    CHECK(READ(bool, "opt.zero"), "malloc_conf of the program was not read");
    CHECK(!READ(bool, "opt.background_thread") && !READ(bool, "background_thread"), "background threads are on");
    CHECK(!READ(bool, "opt.prof"), "the profiler is on");
    CHECK(strcmp(READ(const char *, "opt.percpu_arena"), "disabled") == 0, "arenas are those of processors");
    CHECK(strcmp(READ(const char *, "opt.dss"), "disabled") == 0, "extents may come from sbrk");
    CHECK(READ(size_t, "arenas.quantum") == 16, "the quantum is another");
}

/* jemalloc's counts match what this program does, so there is only one jemalloc. */
static void count(void) {
    uint64_t before = READ(uint64_t, "thread.allocated");
    void *block = malloc(100000);
    CHECK(READ(uint64_t, "thread.allocated") - before == malloc_usable_size(block), "malloc is not counted");
    free(block);
    size_t bytes = 0;
    malloc_stats_print(keep, &bytes, "gmablxe");
    CHECK(bytes > 0, "no statistics");
    malloc_message = keep;
    messages = NULL;
    malloc_stats_print(NULL, &bytes, "gmablxe");
    CHECK(messages != NULL, "malloc_message of the program was not called");
}

int main(void) {
    exchange_blocks();
    read_options();
    count();
    return 0;
}
