/* The seam between jemalloc, the dynamic linker and the Swift half of the preload library. No logic. */
#ifndef CVMMALLOC_H
#define CVMMALLOC_H

/* As in CLinux.h: the same system types must mean the same in both modules. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jemalloc/jemalloc.h>

#include "SystemCallNumbers.h"
#include "libvmmalloc.h"

/* Options that jemalloc reads last, when it initialises: they win over MALLOC_CONF. Swift writes the text here, of
 * up to 1023 bytes. */
char *vmmalloc_options(void);

/* Memory of a lock that whoever makes the heap holds. */
void *vmmalloc_start_lock(void);

/* The hooks through which every arena gets its extents from the pool; the functions are Swift's. */
extent_hooks_t *vmmalloc_extent_hooks(void);

/* Of the calling thread: whether it is having jemalloc purge. */
bool *vmmalloc_is_purging(void);

/* Of the calling thread: whether jemalloc is making its cache. */
bool *vmmalloc_makes_thread_cache(void);

/* Of the calling thread: whether the child of its fork was refused a heap. */
bool *vmmalloc_child_was_refused(void);

/* Of the calling thread: its errno before the kernel forks. */
int *vmmalloc_errno_before_fork(void);

/* Of the calling thread: the signals that it blocked before its fork took the allocator's locks. */
uint64_t *vmmalloc_signals_outside_fork(void);

/* Of the calling thread: what the exported fork has reserved, on its way to the prepare handler; or NULL. */
void **vmmalloc_reserved_fork(void);

/* Looks up what the exported functions of libc's names pass on to: the next of each name. Until then that is libc's own. */
void vmmalloc_find_next_symbols(void);

/* The next fork(2). */
pid_t vmmalloc_next_fork(void);

/* A call of syscall(2), and the next function of that name. What concerns futexes is Swift's. */
struct vmmalloc_system_call {
    long number, a, b, c, d, e, f;
};
long vmmalloc_make_system_call(const struct vmmalloc_system_call *call);
long vmmalloc_futex(const struct vmmalloc_system_call *call);
void vmmalloc_note_word_of_kernel(const void *word);

/* MALLOCX_ZERO of jemalloc(3), a macro with a cast. */
static const int VMMALLOC_MALLOCX_ZERO = MALLOCX_ZERO;

/* jemalloc's maker of a thread's cache, before which the linker's --wrap puts ours. */
bool __real_je_tsd_tcache_enabled_data_init(void *thread_data);

/* mallctl(3) with a name that is known at compile time or was composed on the stack. */
static inline int vmmalloc_ctl_read_unsigned(const char *name, unsigned *value) {
    size_t length = sizeof *value;
    return mallctl(name, value, &length, NULL, 0);
}
static inline int vmmalloc_ctl_read_hooks(const char *name, extent_hooks_t **hooks) {
    size_t length = sizeof *hooks;
    return mallctl(name, hooks, &length, NULL, 0);
}
static inline int vmmalloc_ctl_write_hooks(const char *name, extent_hooks_t *hooks) {
    return mallctl(name, NULL, NULL, &hooks, sizeof hooks);
}
static inline int vmmalloc_ctl_call(const char *name) { return mallctl(name, NULL, NULL, NULL, 0); }

#endif
