/* Sizes that no address space holds: each function returns NULL with ENOMEM and changes nothing, and the next call
 * works. calloc and the functions that round up do not wrap around. */
#include "family.h"

int main(void) {
    char *kept = malloc(100);
    strcpy(kept, "kept");
    check_in_pool(kept);
    for (int j = 0; j < IMPOSSIBLE_SIZES; j++) {
        size_t size = impossible_sizes[j];
        for (int i = 0; i < FAMILY_SIZE; i++) {
            errno = 0;
            void *block = family[i].allocate(size);
            CHECK(block == NULL, "%s of %#zx returned %p", family[i].name, size, block);
            CHECK(errno == ENOMEM, "%s of %#zx: not ENOMEM", family[i].name, size);
        }
        errno = 0;
        CHECK(realloc(kept, size) == NULL && errno == ENOMEM, "realloc to %#zx", size);
        CHECK(strcmp(kept, "kept") == 0, "realloc to %#zx failed and changed its block", size);
        /* The products wrap around to small sizes. */
        size_t overflowing[][2] = {
            {size, 2}, {2, size}, {size, 16}, {size, size}, {SIZE_MAX / 16 + 2, 16}, {1ul << 32, 1ul << 32}};
        for (unsigned k = 0; k < sizeof overflowing / sizeof *overflowing; k++) {
            errno = 0;
            volatile size_t count = overflowing[k][0];
            CHECK(calloc(count, overflowing[k][1]) == NULL && errno == ENOMEM, "calloc(%#zx, %#zx)", count,
                  overflowing[k][1]);
            errno = 0;
            CHECK(reallocarray(kept, count, overflowing[k][1]) == NULL && errno == ENOMEM,
                  "reallocarray(%#zx, %#zx)", count, overflowing[k][1]);
        }
        /* Alignment and size together. */
        for (size_t alignment = 16; alignment <= 1ul << 62; alignment *= 2) {
            void *block = kept;
            CHECK(posix_memalign(&block, alignment, size) == ENOMEM && block == kept,
                  "posix_memalign(%#zx, %#zx)", alignment, size);
            errno = 0;
            CHECK(aligned_alloc(alignment, size) == NULL && errno == ENOMEM, "aligned_alloc(%#zx, %#zx)", alignment,
                  size);
            errno = 0;
            CHECK(memalign(alignment, size) == NULL && errno == ENOMEM, "memalign(%#zx, %#zx)", alignment, size);
        }
        void *block = malloc(1000);
        CHECK(block != NULL, "malloc no longer works after %#zx", size);
        free(block);
    }
    return 0;
}
