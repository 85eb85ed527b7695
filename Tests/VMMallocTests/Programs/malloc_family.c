/* All functions of the manual page and the two of C23: every block lies in the pool, is as large and as aligned
 * as asked, and bad arguments are refused as the standards say. */
#include "witness.h"

#include <dlfcn.h>
#include <malloc.h>

/* Not in today's libc: found in the library at run time. */
static void cfree(void *block) {
    void (*function)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "cfree");
    CHECK(function != NULL, "no cfree");
    function(block);
}
static void free_sized(void *block, size_t size) {
    void (*function)(void *, size_t) = (void (*)(void *, size_t))dlsym(RTLD_DEFAULT, "free_sized");
    CHECK(function != NULL, "no free_sized");
    function(block, size);
}
static void free_aligned_sized(void *block, size_t alignment, size_t size) {
    void (*function)(void *, size_t, size_t) =
        (void (*)(void *, size_t, size_t))dlsym(RTLD_DEFAULT, "free_aligned_sized");
    CHECK(function != NULL, "no free_aligned_sized");
    function(block, alignment, size);
}

static void check_block(void *block, size_t alignment, size_t size) {
    CHECK(block != NULL, "no block of %zu bytes", size);
    CHECK((uintptr_t)block % alignment == 0, "%p is not aligned to %zu", block, alignment);
    CHECK(malloc_usable_size(block) >= size, "usable size %zu of %zu", malloc_usable_size(block), size);
    check_in_pool(block);
    memset(block, 0xA5, size);
}

int main(void) {
    check_block(malloc(100), 16, 100);
    check_block(malloc(0), 1, 0);
    unsigned char *zeroed = calloc(1000, 7);
    for (int i = 0; i < 7000; i++) CHECK(zeroed[i] == 0, "calloc: byte %d is %d", i, zeroed[i]);
    check_block(zeroed, 16, 7000);
    /* Large and used before: the pages hold old bytes. */
    for (int round = 0; round < 3; round++) {
        unsigned char *large = calloc(1, 9 << 20);
        CHECK(large != NULL, "calloc of 9 MiB failed");
        for (int i = 0; i < 9 << 20; i++) CHECK(large[i] == 0, "round %d: byte %d is %d", round, i, large[i]);
        memset(large, 0xFF, 9 << 20);
        free(large);
    }
    char *grown = malloc(10);
    strcpy(grown, "contents");
    for (size_t size = 10; size < 5 << 20; size = size * 3 / 2) {
        grown = realloc(grown, size);
        check_in_pool(grown);
        CHECK(strcmp(grown, "contents") == 0, "realloc to %zu lost the contents", size);
    }
    grown = realloc(grown, 20);
    CHECK(strcmp(grown, "contents") == 0, "shrinking lost the contents");
    free(grown);

    void *block = NULL;
    for (size_t alignment = sizeof(void *); alignment <= 4 << 20; alignment *= 2) {
        CHECK(posix_memalign(&block, alignment, 100) == 0, "posix_memalign to %zu", alignment);
        check_block(block, alignment, 100);
        free(block);
        check_block(block = aligned_alloc(alignment, 2 * alignment), alignment, 2 * alignment);
        free_aligned_sized(block, alignment, 2 * alignment);
        check_block(block = memalign(alignment, 33), alignment, 33);
        cfree(block);
    }
    CHECK(posix_memalign(&block, 2, 100) == EINVAL && posix_memalign(&block, 4, 100) == EINVAL &&
              posix_memalign(&block, 24, 100) == EINVAL,
          "posix_memalign accepts an alignment that POSIX forbids");
    check_block(block = valloc(100), 4096, 100);
    free(block);
    check_block(block = pvalloc(100), 4096, 4096);
    free(block);
    check_block(block = pvalloc(4097), 4096, 8192);
    free(block);
    check_block(block = pvalloc(0), 4096, 0);
    free_sized(block, 0);

    free(NULL);
    cfree(NULL);
    CHECK(malloc_usable_size(NULL) == 0, "malloc_usable_size of NULL");
    /* Not constants: the compiler would complain of the size. */
    volatile size_t impossible[] = {SIZE_MAX, SIZE_MAX - 4095, PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, 1ul << 46};
    for (unsigned i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        errno = 0;
        CHECK(malloc(impossible[i]) == NULL && errno == ENOMEM, "malloc(%zx)", impossible[i]);
        errno = 0;
        CHECK(pvalloc(impossible[i]) == NULL && errno == ENOMEM, "pvalloc(%zx)", impossible[i]);
        CHECK(posix_memalign(&block, 4096, impossible[i]) == ENOMEM, "posix_memalign(%zx)", impossible[i]);
        errno = 0;
        CHECK(calloc(impossible[i], 16) == NULL && errno == ENOMEM, "calloc(%zx, 16)", impossible[i]);
    }
    errno = 77;
    free(malloc(1 << 20));
    CHECK(errno == 77, "free changed errno");
    return 0;
}
