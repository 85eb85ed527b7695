/* Every allocating function of the malloc family, behind one signature. Functions that today's libc lacks are looked up
 * in the library at run time. */
#ifndef FAMILY_H
#define FAMILY_H

#include "witness.h"

#include <dlfcn.h>
#include <malloc.h>

static inline void *found(const char *name) {
    void *function = dlsym(RTLD_DEFAULT, name);
    CHECK(function != NULL, "no %s", name);
    return function;
}
static inline void cfree(void *block) { ((void (*)(void *))found("cfree"))(block); }
static inline void free_sized(void *block, size_t size) {
    ((void (*)(void *, size_t))found("free_sized"))(block, size);
}
static inline void free_aligned_sized(void *block, size_t alignment, size_t size) {
    ((void (*)(void *, size_t, size_t))found("free_aligned_sized"))(block, alignment, size);
}

static inline void *by_malloc(size_t size) { return malloc(size); }
static inline void *by_calloc(size_t size) { return calloc(1, size); }
static inline void *by_calloc_of_many(size_t size) { return calloc(size, 1); }
static inline void *by_realloc(size_t size) { return realloc(NULL, size); }
static inline void *by_aligned_alloc(size_t size) { return aligned_alloc(64, size); }
static inline void *by_memalign(size_t size) { return memalign(64, size); }
static inline void *by_valloc(size_t size) { return valloc(size); }
static inline void *by_pvalloc(size_t size) { return pvalloc(size); }
/* It returns the error and promises nothing about errno. */
static inline void *by_posix_memalign(size_t size) {
    void *block = NULL;
    int error = posix_memalign(&block, 64, size);
    CHECK((error == 0) == (block != NULL), "posix_memalign returned %d and block %p", error, block);
    errno = error;
    return block;
}

static const struct {
    const char *name;
    void *(*allocate)(size_t size);
} family[] = {
    {"malloc", by_malloc}, {"calloc", by_calloc}, {"calloc of many", by_calloc_of_many}, {"realloc", by_realloc},
    {"aligned_alloc", by_aligned_alloc}, {"memalign", by_memalign}, {"valloc", by_valloc},
    {"pvalloc", by_pvalloc}, {"posix_memalign", by_posix_memalign},
};
enum { FAMILY_SIZE = sizeof family / sizeof *family };

/* volatile, or the compiler would complain about these sizes. */
static volatile const size_t impossible_sizes[] = {
    SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 15, SIZE_MAX - 4095, SIZE_MAX - 4096, (size_t)PTRDIFF_MAX + 1, PTRDIFF_MAX,
    (size_t)PTRDIFF_MAX - 4095, SIZE_MAX / 4, 1ul << 47, 1ul << 46,
};
enum { IMPOSSIBLE_SIZES = sizeof impossible_sizes / sizeof *impossible_sizes };

/* Numbers without a pattern, from a linear congruential generator. */
static inline unsigned next_random(unsigned *state) {
    *state = *state * 1103515245 + 12345;
    return *state >> 8;
}

#endif
