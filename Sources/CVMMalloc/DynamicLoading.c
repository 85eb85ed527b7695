/* dlopen(3) without RTLD_DEEPBIND. A library loaded with that flag would bind to libc's malloc and free instead of
 * ours, and blocks that it exchanges with the program would be freed by the wrong allocator. Apache and PHP load their
 * modules in that way.
 *
 * In C for the tail call: glibc identifies the caller, whose RUNPATH and $ORIGIN it searches, by the return address. */
#define _GNU_SOURCE
#include <dlfcn.h>

/* libc's function, or that of another library before it. Looking up a symbol that exists does not allocate. */
static void *next(void **found, const char *name) {
    void *function = __atomic_load_n(found, __ATOMIC_RELAXED);
    if (!function) __atomic_store_n(found, function = dlsym(RTLD_NEXT, name), __ATOMIC_RELAXED);
    return function;
}

void *dlopen(const char *file, int mode) {
    static void *found;
    void *(*next_dlopen)(const char *, int) = (void *(*)(const char *, int))next(&found, "dlopen");
    __attribute__((musttail)) return next_dlopen(file, mode & ~RTLD_DEEPBIND);
}

/* A namespace of its own has a libc of its own, and shares no heap with this one. */
void *dlmopen(Lmid_t space, const char *file, int mode) {
    static void *found;
    void *(*next_dlmopen)(Lmid_t, const char *, int) =
        (void *(*)(Lmid_t, const char *, int))next(&found, "dlmopen");
    __attribute__((musttail)) return next_dlmopen(space, file, space == LM_ID_BASE ? mode & ~RTLD_DEEPBIND : mode);
}
