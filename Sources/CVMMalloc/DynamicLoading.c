/* dlopen(3) without RTLD_DEEPBIND: a library loaded with it would bind to libc's malloc and free, past this one, and
 * blocks that it and the program exchange would be freed by the wrong of the two. Apache's and PHP's modules are loaded
 * so.
 *
 * In C for the tail call: glibc takes the return address for the caller, whose RUNPATH and $ORIGIN it searches. */
#define _GNU_SOURCE
#include <dlfcn.h>

/* libc's, or that of another library that stands before it. Looking up what is there does not allocate. */
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
