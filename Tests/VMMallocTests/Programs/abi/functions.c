/* All functions of the manual page and the two of C23: every block lies in the pool and is as large and as aligned as
 * asked. calloc returns zeroes, even where the memory was used before. */
#include "family.h"

static void check_block(void *block, size_t alignment, size_t size) {
    CHECK(block != NULL, "no block of %zu bytes", size);
    CHECK((uintptr_t)block % alignment == 0, "%p is not aligned to %zu", block, alignment);
    CHECK(malloc_usable_size(block) >= size, "usable size %zu of %zu", malloc_usable_size(block), size);
    check_in_pool(block);
    memset(block, 0xA5, malloc_usable_size(block));
}

static void check_zeroed(const unsigned char *block, size_t size) {
    CHECK(block != NULL, "calloc of %zu failed", size);
    for (size_t i = 0; i < size; i++) CHECK(block[i] == 0, "calloc of %zu: byte %zu is %d", size, i, block[i]);
}

int main(void) {
    for (int i = 0; i < FAMILY_SIZE; i++)
        for (size_t size = 1; size < 12 << 20; size = size * 3 + 1) {
            void *block = family[i].allocate(size);
            check_block(block, 16, size);
            free(block);
        }
    /* Reused memory holds old bytes. */
    size_t sizes[] = {7, 100, 4096, 20000, 1 << 20, 9 << 20};
    for (int round = 0; round < 3; round++)
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned char *block = calloc(i % 2 ? sizes[i] : 1, i % 2 ? 1 : sizes[i]);
            check_zeroed(block, sizes[i]);
            memset(block, 0xFF, sizes[i]);
            free(block);
        }
    void *block = valloc(100);
    check_block(block, 4096, 100);
    free(block);
    check_block(block = pvalloc(100), 4096, 4096);
    cfree(block);
    check_block(block = pvalloc(4097), 4096, 8192);
    free_sized(block, 4097);
    check_block(block = aligned_alloc(256, 512), 256, 512);
    free_aligned_sized(block, 256, 512);
    free(NULL);
    cfree(NULL);
    free_sized(NULL, 3);
    free_aligned_sized(NULL, 64, 3);
    CHECK(malloc_usable_size(NULL) == 0, "malloc_usable_size of NULL");
    return 0;
}
