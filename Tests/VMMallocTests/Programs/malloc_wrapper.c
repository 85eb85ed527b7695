/* A library that wraps malloc, as those do that count a program's allocations (glibc's libmemusage.so), and puts its
 * own header before each block. Functions that it does not wrap, such as posix_memalign, return blocks without one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct header {
    size_t size;
    uint64_t magic;
};
static const uint64_t MAGIC = 0xfeedbeafdeadcafe;

atomic_ulong wrapped_calls;

static void *(*next_malloc)(size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);

static void find_next(void) {
    if (next_free) return;
    next_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
    next_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
    next_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
}

static void *with_header(void *block, size_t size) {
    if (!block) return NULL;
    struct header *header = block;
    *header = (struct header){size, MAGIC};
    wrapped_calls++;
    return header + 1;
}

/* NULL for a block from a function that is not wrapped. */
static struct header *header_of(void *block) {
    struct header *header = (struct header *)block - 1;
    return header->magic == MAGIC ? header : NULL;
}

void *malloc(size_t size) {
    find_next();
    if (size > SIZE_MAX - sizeof(struct header)) return NULL;
    return with_header(next_malloc(size + sizeof(struct header)), size);
}

void *calloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    /* volatile, or the compiler would turn both into a calloc. */
    volatile char *block = malloc(bytes);
    if (block)
        for (size_t i = 0; i < bytes; i++) block[i] = 0;
    return (void *)block;
}

void *realloc(void *block, size_t size) {
    find_next();
    if (!block) return malloc(size);
    struct header *header = header_of(block);
    if (!header) return next_realloc(block, size);
    return with_header(next_realloc(header, size + sizeof *header), size);
}

void free(void *block) {
    find_next();
    if (!block) return;
    struct header *header = header_of(block);
    if (header) header->magic = 0;
    next_free(header ? (void *)header : block);
}
