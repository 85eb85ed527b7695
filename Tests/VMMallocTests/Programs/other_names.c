/* glibc's functions that allocate under names outside malloc(3)'s synopsis: their blocks lie in the pool, and free
 * takes them. */
#include "witness.h"

#include <malloc.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t), *__libc_valloc(size_t), *__libc_pvalloc(size_t);
extern void __libc_free(void *);

/* volatile, or the compiler would warn about calls that must fail. */
static volatile size_t half = SIZE_MAX / 2;

static void *in_pool(void *block, size_t size) {
    CHECK(block != NULL, "no block of %zu bytes", size);
    check_in_pool(block);
    CHECK(malloc_usable_size(block) >= size, "%zu bytes are too few", malloc_usable_size(block));
    return memset(block, 1, size);
}

int main(void) {
    static const size_t sizes[] = {1, 100, 5000, 70000, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i];
        char *block = in_pool(reallocarray(NULL, size, 1), size);
        block = in_pool(reallocarray(block, size, 3), size * 3);
        errno = 0;
        CHECK(reallocarray(block, half, 3) == NULL && errno == ENOMEM, "a product wrapped around");
        CHECK(block[size * 3 - 1] == 1, "a block that could not be resized changed");
        CHECK(reallocarray(block, 0, size) == NULL, "a block of no bytes");
        free(in_pool(reallocarray(in_pool(malloc(size), size), 2, size), 2 * size));
        free(in_pool(__libc_malloc(size), size));
        free(in_pool(__libc_calloc(1, size), size));
        free(in_pool(__libc_realloc(in_pool(malloc(size), size), size * 2), size * 2));
        free(in_pool(__libc_memalign(64, size), size));
        free(in_pool(__libc_valloc(size), size));
        free(in_pool(__libc_pvalloc(size), size));
        __libc_free(in_pool(malloc(size), size));
    }
    return 0;
}
