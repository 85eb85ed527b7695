#include "CVMMalloc.h"

#include <stdlib.h>

/* Swift's entry points. */
extern void vmmalloc_start(void);
extern void *vmmalloc_extent_alloc(
    extent_hooks_t *, void *new_addr, size_t size, size_t alignment, bool *zero, bool *commit, unsigned arena);
extern bool vmmalloc_extent_dalloc(extent_hooks_t *, void *addr, size_t size, bool committed, unsigned arena);
extern bool vmmalloc_extent_purge(
    extent_hooks_t *, void *addr, size_t size, size_t offset, size_t length, unsigned arena);
extern bool vmmalloc_extent_split(
    extent_hooks_t *, void *addr, size_t size, size_t size_a, size_t size_b, bool committed, unsigned arena);
extern bool vmmalloc_extent_merge(
    extent_hooks_t *, void *addr_a, size_t size_a, void *addr_b, size_t size_b, bool committed, unsigned arena);

/* Constant, since programs may get their address from mallctl(3). */
static const extent_hooks_t extent_hooks = {
    .alloc = vmmalloc_extent_alloc,
    .dalloc = vmmalloc_extent_dalloc,
    .purge_lazy = vmmalloc_extent_purge,
    .split = vmmalloc_extent_split,
    .merge = vmmalloc_extent_merge,
};
extent_hooks_t *vmmalloc_extent_hooks(void) { return (extent_hooks_t *)&extent_hooks; }

/* jemalloc's arena_config_t. The linker's alias makes it the default for arenas that are made without hooks: extents by
 * our hooks, so that none lies outside the pool, and metadata by jemalloc's own, whose mmap is `mapMetadata`. */
const struct vmmalloc_arena_config vmmalloc_je_arena_config_default = {
    .extent_hooks = (extent_hooks_t *)&extent_hooks, .metadata_use_hooks = false};

/* A thread-local variable, reached only through its accessor. Initial-exec, like jemalloc's own, because a call into
 * the dynamic linker might allocate. */
#define THREAD_LOCAL(type, accessor)                                                              \
    type *accessor(void) {                                                                        \
        static __thread __attribute__((tls_model("initial-exec"))) type value;                    \
        return &value;                                                                            \
    }

THREAD_LOCAL(bool, vmmalloc_is_purging)
THREAD_LOCAL(bool, vmmalloc_makes_thread_cache)
THREAD_LOCAL(bool, vmmalloc_is_in_malloc_family)
THREAD_LOCAL(int, vmmalloc_errno_before_fork)
THREAD_LOCAL(uint64_t, vmmalloc_signals_outside_fork)
THREAD_LOCAL(void *, vmmalloc_fork_call)

static uint64_t start_lock;
void *vmmalloc_start_lock(void) { return &start_lock; }

static char options[1024];
char *vmmalloc_options(void) { return options; }

/* jemalloc's heap profiler, which our options always switch off, calls these functions of libm. Linking libm itself
 * would load it into every program. */
double exp(double x) { (void)x; abort(); }
double log(double x) { (void)x; abort(); }
double round(double x) { (void)x; abort(); }

/* Swift takes the seed of its hash tables from this; the library has no hash tables. glibc has had it since 2.36,
 * everything else that the library needs since 2.34. */
void arc4random_buf(void *buffer, size_t size) { (void)buffer; (void)size; abort(); }

/* Overrides jemalloc's weak definition: the last of its sources of options. */
const char *malloc_conf_2_conf_harder = options;

/* 101 is the first priority that programs may use, and comes before jemalloc's own constructor. */
__attribute__((constructor(101))) static void start(void) { vmmalloc_start(); }
