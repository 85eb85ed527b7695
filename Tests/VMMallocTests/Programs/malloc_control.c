/* mallctl, by name and by numbers, refuses what would undo the library. Whatever arenas and caches a program creates,
 * their memory lies in the pool. */
#include "witness.h"

#include <jemalloc/jemalloc.h>
#include <pthread.h>

/* Writes by name, then by numbers. Both must give the same answer. */
static int write_value(const char *name, const void *value, size_t length) {
    int by_name = mallctl(name, NULL, NULL, (void *)value, length);
    size_t mib[8], depth = 8;
    CHECK(mallctlnametomib(name, mib, &depth) == 0, "%s has no numbers", name);
    int by_numbers = mallctlbymib(mib, depth, NULL, NULL, (void *)value, length);
    CHECK(by_name == by_numbers, "%s: error %d by name and %d by numbers", name, by_name, by_numbers);
    return by_name;
}
#define WRITE(name, type, ...) write_value(name, &(type){__VA_ARGS__}, sizeof(type))
#define EXPECT(error, call)                                                                       \
    ({                                                                                            \
        int got = call;                                                                           \
        CHECK(got == (error), "%s: error %d", #call, got);                                        \
    })
#define READ(type, name)                                                                          \
    ({                                                                                            \
        type value;                                                                               \
        size_t length = sizeof value;                                                             \
        int error = mallctl(name, &value, &length, NULL, 0);                                      \
        CHECK(error == 0, "%s: error %d", name, error);                                           \
        value;                                                                                    \
    })

static const size_t sizes[] = {1, 100, 5000, 70000, 3000000};

/* Checks that mallocx with these flags returns blocks of each size that lie in the pool. */
static void check_blocks(int flags) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *block = mallocx(sizes[i], flags);
        CHECK(block != NULL, "no block of %zu bytes with flags %#x", sizes[i], flags);
        check_in_pool(block);
        check_in_pool(block + sizes[i] - 1);
        memset(block, 1, sizes[i]);
        char *moved = rallocx(block, sizes[i] * 2, flags);
        CHECK(moved != NULL, "no block of %zu bytes with flags %#x", sizes[i] * 2, flags);
        check_in_pool(moved);
        check_in_pool(moved + sizes[i] * 2 - 1);
        dallocx(moved, flags & MALLOCX_TCACHE_NONE);
    }
}

static char named[64];
static const char *of_arena(unsigned arena, const char *what) {
    snprintf(named, sizeof named, "arena.%u.%s", arena, what);
    return named;
}

/* Hooks of the program's own, which must never be called. */
static void *foreign_alloc(
    extent_hooks_t *hooks, void *address, size_t size, size_t alignment, bool *zero, bool *commit, unsigned arena) {
    (void)hooks, (void)address, (void)size, (void)alignment, (void)zero, (void)commit;
    CHECK(false, "arena %u takes memory by hooks of the program", arena);
    return NULL;
}
static extent_hooks_t foreign = {.alloc = foreign_alloc};

static void extent_hooks(void) {
    extent_hooks_t *ours = READ(extent_hooks_t *, "arena.0.extent_hooks");
    unsigned count = READ(unsigned, "arenas.narenas");
    for (unsigned i = 0; i < count; i++) {
        CHECK(READ(extent_hooks_t *, of_arena(i, "extent_hooks")) == ours, "arena %u has other hooks", i);
        EXPECT(EPERM, WRITE(of_arena(i, "extent_hooks"), extent_hooks_t *, &foreign));
        EXPECT(EPERM, WRITE(of_arena(i, "extent_hooks"), extent_hooks_t *, NULL));
        /* Writing the hooks that are set already is allowed. */
        EXPECT(0, WRITE(of_arena(i, "extent_hooks"), extent_hooks_t *, ours));
        check_blocks(MALLOCX_ARENA(i) | MALLOCX_TCACHE_NONE);
    }
    EXPECT(EPERM, WRITE(of_arena(MALLCTL_ARENAS_ALL, "extent_hooks"), extent_hooks_t *, &foreign));
    EXPECT(EPERM, WRITE("arenas.create", extent_hooks_t *, &foreign));
    EXPECT(EPERM, WRITE("arenas.create", extent_hooks_t *, NULL));
    struct {
        extent_hooks_t *hooks;
        bool for_metadata;
    } configuration = {&foreign, true};
    EXPECT(EPERM, write_value("experimental.arenas_create_ext", &configuration, sizeof configuration));
    CHECK(READ(unsigned, "arenas.narenas") == count, "an arena was made");
}

static void new_arenas(void) {
    unsigned first = READ(unsigned, "arenas.create"), second = READ(unsigned, "arenas.create");
    extent_hooks_t *ours = READ(extent_hooks_t *, "arena.0.extent_hooks");
    unsigned third, fourth;
    size_t length = sizeof third;
    EXPECT(0, mallctl("arenas.create", &third, &length, &ours, sizeof ours));
    EXPECT(0, mallctl("experimental.arenas_create_ext", &fourth, &length, NULL, 0));
    unsigned arenas[] = {first, second, third, fourth};
    for (size_t i = 0; i < 4; i++) {
        CHECK(READ(extent_hooks_t *, of_arena(arenas[i], "extent_hooks")) == ours, "a new arena has other hooks");
        EXPECT(EPERM, WRITE(of_arena(arenas[i], "extent_hooks"), extent_hooks_t *, &foreign));
        EXPECT(0, WRITE(of_arena(arenas[i], "dss"), const char *, "primary"));
        size_t limit = 1 << 21;
        EXPECT(ENOENT, write_value(of_arena(arenas[i], "retain_grow_limit"), &limit, sizeof limit));
        EXPECT(0, WRITE(of_arena(arenas[i], "dirty_decay_ms"), ssize_t, 0));
        check_blocks(MALLOCX_ARENA(arenas[i]) | MALLOCX_TCACHE_NONE);
        check_blocks(MALLOCX_ARENA(arenas[i]));
        /* These blocks are never freed. After the reset, their memory may be handed out again. */
        check_in_pool(mallocx(100, MALLOCX_ARENA(arenas[i]) | MALLOCX_TCACHE_NONE));
        check_in_pool(mallocx(3000000, MALLOCX_ARENA(arenas[i]) | MALLOCX_TCACHE_NONE));
        EXPECT(0, mallctl("thread.tcache.flush", NULL, NULL, NULL, 0));
        EXPECT(0, mallctl(of_arena(arenas[i], "reset"), NULL, NULL, NULL, 0));
        check_blocks(MALLOCX_ARENA(arenas[i]) | MALLOCX_TCACHE_NONE);
        check_in_pool(mallocx(100, MALLOCX_ARENA(arenas[i]) | MALLOCX_TCACHE_NONE));
        EXPECT(0, mallctl(of_arena(arenas[i], "destroy"), NULL, NULL, NULL, 0));
    }
    /* jemalloc uses the number of a destroyed arena again. */
    unsigned again = READ(unsigned, "arenas.create");
    CHECK(again <= fourth, "arena %u is new", again);
    check_blocks(MALLOCX_ARENA(again) | MALLOCX_TCACHE_NONE);
    /* jemalloc itself creates an arena that nobody has created. */
    check_blocks(MALLOCX_ARENA(again + 1) | MALLOCX_TCACHE_NONE);
    EXPECT(EFAULT, mallctl("arena.0.destroy", NULL, NULL, NULL, 0));
    EXPECT(EFAULT, mallctl("arena.0.reset", NULL, NULL, NULL, 0));
}

static void *in_new_thread(void *arena) {
    EXPECT(0, WRITE("thread.arena", unsigned, (unsigned)(uintptr_t)arena));
    check_blocks(0);
    EXPECT(0, WRITE("thread.tcache.enabled", bool, false));
    check_blocks(0);
    EXPECT(0, WRITE("thread.tcache.enabled", bool, true));
    check_blocks(0);
    return NULL;
}

static void threads(void) {
    unsigned arena = READ(unsigned, "arenas.create"), cache;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, in_new_thread, (void *)(uintptr_t)arena) == 0, "no thread");
    CHECK(pthread_join(thread, NULL) == 0, "no end of the thread");
    cache = READ(unsigned, "tcache.create");
    check_blocks(MALLOCX_TCACHE(cache));
    check_blocks(MALLOCX_TCACHE(cache) | MALLOCX_ARENA(arena));
    EXPECT(0, WRITE("tcache.flush", unsigned, cache));
    EXPECT(0, mallctl("tcache.destroy", NULL, NULL, &cache, sizeof cache));
}

static unsigned count_threads(void) {
    char line[128];
    unsigned count = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status)) sscanf(line, "Threads: %u", &count);
    fclose(status);
    return count;
}

static void background_threads(void) {
    EXPECT(EPERM, WRITE("background_thread", bool, true));
    EXPECT(EINVAL, WRITE("background_thread", int, 1));
    EXPECT(0, WRITE("background_thread", bool, false));
    EXPECT(0, WRITE("max_background_threads", size_t, 2));
    EXPECT(EPERM, WRITE("background_thread", bool, true));
    CHECK(!READ(bool, "background_thread"), "background threads are on");
    CHECK(count_threads() == 1, "there are %u threads", count_threads());
}

/* jemalloc itself refuses these. */
static void options(void) {
    EXPECT(EPERM, WRITE("opt.narenas", unsigned, 8));
    EXPECT(EPERM, WRITE("opt.retain", bool, true));
    EXPECT(EPERM, WRITE("opt.background_thread", bool, true));
    EXPECT(EPERM, WRITE("opt.oversize_threshold", size_t, 1 << 20));
    EXPECT(ENOENT, mallctl("no.such.name", NULL, NULL, NULL, 0));
    CHECK(WRITE("prof.active", bool, true) == ENOENT, "the profiler was switched on");
    CHECK(WRITE("prof.gdump", bool, true) == ENOENT, "the profiler was switched on");
    CHECK(WRITE("prof.thread_active_init", bool, true) == ENOENT, "the profiler was switched on");
    EXPECT(ENOENT, mallctl("prof.reset", NULL, NULL, NULL, 0));
    EXPECT(ENOENT, mallctl("prof.dump", NULL, NULL, NULL, 0));
}

static void statistics(void) {
    EXPECT(0, WRITE("epoch", uint64_t, 1));
    CHECK(READ(size_t, "stats.allocated") > 0, "nothing is allocated");
    EXPECT(0, mallctl(of_arena(MALLCTL_ARENAS_ALL, "decay"), NULL, NULL, NULL, 0));
    EXPECT(0, mallctl(of_arena(MALLCTL_ARENAS_ALL, "purge"), NULL, NULL, NULL, 0));
    EXPECT(0, WRITE("arenas.dirty_decay_ms", ssize_t, 5000));
    EXPECT(0, mallctl("stats.mutexes.reset", NULL, NULL, NULL, 0));
}

/* Allocates many blocks in one call, which jemalloc reports to nobody. */
static void batch(void) {
    void *blocks[100];
    struct {
        void **blocks;
        size_t count, size;
        int flags;
    } request = {blocks, 100, 200, 0};
    size_t filled = 0, length = sizeof filled;
    EXPECT(0, mallctl("experimental.batch_alloc", &filled, &length, &request, sizeof request));
    CHECK(filled > 0, "no block");
    for (size_t i = 0; i < filled; i++) {
        check_in_pool(blocks[i]);
        free(blocks[i]);
    }
}

/* All of this works on both sides of a fork, and the child does not share the parent's arena. */
static void in_fork(void) {
    unsigned arena = READ(unsigned, "arenas.create");
    int flags = MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE;
    unsigned *shared = mallocx(sizeof *shared, flags);
    struct placement before = check_in_pool(shared);
    *shared = 1;
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(shared, before, true);
        *shared = 2;
        check_blocks(flags);
        EXPECT(EPERM, WRITE("arenas.create", extent_hooks_t *, &foreign));
        EXPECT(EPERM, WRITE("background_thread", bool, true));
        check_blocks(MALLOCX_ARENA(READ(unsigned, "arenas.create")) | MALLOCX_TCACHE_NONE);
        dallocx(shared, 0);
        _exit(0);
    }
    check_child(child);
    check_mode_took_effect(shared, before, false);
    CHECK(*shared == 1, "the child wrote into the parent's arena");
    check_blocks(flags);
    EXPECT(0, mallctl(of_arena(arena, "destroy"), NULL, NULL, NULL, 0));
}

int main(void) {
    check_blocks(0);
    background_threads();
    extent_hooks();
    new_arenas();
    threads();
    options();
    statistics();
    batch();
    in_fork();
    return 0;
}
