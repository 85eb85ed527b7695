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

/* Options that jemalloc reads last when it initialises, so they override MALLOC_CONF. Swift writes the text here, up to
 * 1023 bytes. */
char *vmmalloc_options(void);

/* The memory of the lock that is held while the heap is made. */
void *vmmalloc_start_lock(void);

/* The hooks through which every arena gets its extents from the pool; the functions are Swift's. */
extent_hooks_t *vmmalloc_extent_hooks(void);

/* jemalloc's arena_config_t: how an arena is made. experimental.arenas_create_ext takes one. */
struct vmmalloc_arena_config {
    extent_hooks_t *extent_hooks;
    bool metadata_use_hooks;
};

/* For the calling thread: whether it is making jemalloc purge. */
bool *vmmalloc_is_purging(void);

/* For the calling thread: whether jemalloc is making its cache. */
bool *vmmalloc_makes_thread_cache(void);

/* For the calling thread: whether it is in a function of the malloc family, which the debug build checks itself. */
bool *vmmalloc_is_in_malloc_family(void);

/* For the calling thread: its errno before the kernel forks. */
int *vmmalloc_errno_before_fork(void);

/* For the calling thread: its signal mask from before its fork took the allocator's locks. */
uint64_t *vmmalloc_signals_outside_fork(void);

/* For the calling thread: its current call of the exported fork, for the handlers; or NULL. */
void **vmmalloc_fork_call(void);

/* Looks up the functions that our exported ones pass calls on to: the next of each name. Until then these are libc's
 * own. */
void vmmalloc_find_next_symbols(void);

/* The next fork(2) and madvise(2). */
pid_t vmmalloc_next_fork(void);
int vmmalloc_next_madvise(void *address, size_t length, int advice);

/* Another library's function that locks or unlocks memory, for a system call's number; or NULL. It takes the call's
 * arguments. */
typedef int vmmalloc_memory_lock(intptr_t a, intptr_t b, intptr_t c);
vmmalloc_memory_lock *vmmalloc_lock_of_another_library(long number);

/* A call of syscall(2), and the next function of that name. Swift handles the calls for futexes. */
struct vmmalloc_system_call {
    long number, a, b, c, d, e, f;
};
long vmmalloc_make_system_call(const struct vmmalloc_system_call *call);
long vmmalloc_futex(const struct vmmalloc_system_call *call);
void vmmalloc_note_word_of_kernel(const void *word);

/* MALLOCX_ZERO of jemalloc(3), a macro with a cast. */
static const int VMMALLOC_MALLOCX_ZERO = MALLOCX_ZERO;

/* jemalloc's functions that make a thread's cache. The linker's --wrap puts ours before them. */
bool __real_je_tsd_tcache_enabled_data_init(void *thread_data);
bool __real_je_tsd_tcache_data_init(void *thread_data);

/* The functions behind mallctl(3), mallctlbymib(3) and mallctlnametomib(3). The linker's --wrap puts ours before the
 * first two. */
int __real_je_ctl_byname(
    void *thread_data, const char *name, void *old, size_t *old_length, void *new_value, size_t new_length);
int __real_je_ctl_bymib(
    void *thread_data, const size_t *mib, size_t mib_length, void *old, size_t *old_length, void *new_value,
    size_t new_length);
int je_ctl_nametomib(void *thread_data, const char *name, size_t *mib, size_t *mib_length);

/* mallctl(3) with a name that is known at compile time or composed on the stack. */
static inline int vmmalloc_ctl_read_unsigned(const char *name, unsigned *value) {
    size_t length = sizeof *value;
    return mallctl(name, value, &length, NULL, 0);
}
static inline int vmmalloc_ctl_write_hooks(const char *name, extent_hooks_t *hooks) {
    return mallctl(name, NULL, NULL, &hooks, sizeof hooks);
}
/* jemalloc's hooks_t: functions that it calls to report calls. */
struct vmmalloc_call_hooks {
    void (*allocated)(void *extra, int kind, void *block, uintptr_t result, uintptr_t arguments[3]);
    void (*freed)(void *extra, int kind, void *block, uintptr_t arguments[3]);
    void (*expanded)(
        void *extra, int kind, void *block, size_t old_size, size_t new_size, uintptr_t result,
        uintptr_t arguments[4]);
    void *extra;
};
static inline int vmmalloc_ctl_install_hooks(struct vmmalloc_call_hooks *hooks) {
    void *handle;
    size_t length = sizeof handle;
    return mallctl("experimental.hooks.install", &handle, &length, hooks, sizeof *hooks);
}
static inline int vmmalloc_ctl_arena_of(void *block, unsigned *arena) {
    size_t length = sizeof *arena;
    return mallctl("arenas.lookup", arena, &length, &block, sizeof block);
}
static inline int vmmalloc_ctl_refresh_statistics(void) {
    uint64_t epoch = 1;
    return mallctl("epoch", NULL, NULL, &epoch, sizeof epoch);
}
static inline int vmmalloc_ctl_call(const char *name) { return mallctl(name, NULL, NULL, NULL, 0); }

#endif
