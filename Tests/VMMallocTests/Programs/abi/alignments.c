/* Alignments: every power of two that fits works, with any size. Powers of two that do not fit give ENOMEM, and
 * anything else EINVAL. posix_memalign also refuses what is not a multiple of a pointer's size, and leaves its argument
 * alone. */
#include "family.h"

static void check_aligned(void *block, size_t alignment, size_t size, const char *by) {
    CHECK(block != NULL, "%s to %#zx of %zu bytes failed", by, alignment, size);
    CHECK((uintptr_t)block % alignment == 0, "%s: %p is not aligned to %#zx", by, block, alignment);
    CHECK(malloc_usable_size(block) >= size, "%s: usable size", by);
    memset(block, 7, size);
    check_in_pool(block);
}

int main(void) {
    size_t sizes[] = {0, 1, 33, 100, 4096, 5000, 1 << 20};
    for (size_t alignment = 1; alignment <= 8 << 20; alignment *= 2)
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            void *block;
            check_aligned(block = aligned_alloc(alignment, sizes[i]), alignment, sizes[i], "aligned_alloc");
            free_aligned_sized(block, alignment, sizes[i]);
            check_aligned(block = memalign(alignment, sizes[i]), alignment, sizes[i], "memalign");
            cfree(block);
            if (alignment < sizeof(void *)) continue;
            CHECK(posix_memalign(&block, alignment, sizes[i]) == 0, "posix_memalign to %#zx", alignment);
            check_aligned(block, alignment, sizes[i], "posix_memalign");
            /* An aligned block can be resized like any other; only its contents are kept. */
            block = realloc(block, sizes[i] + 100000);
            CHECK(block != NULL, "no realloc of a block aligned to %#zx", alignment);
            for (size_t j = 0; j < sizes[i]; j++) CHECK(((char *)block)[j] == 7, "realloc lost contents");
            free(block);
        }
    void *const untouched = sizes;
    volatile size_t refused[] = {0, 1, 2, 4, 3, 12, 24, 48, 4097, SIZE_MAX, PTRDIFF_MAX};
    for (unsigned i = 0; i < sizeof refused / sizeof *refused; i++) {
        void *block = untouched;
        errno = 77;
        CHECK(posix_memalign(&block, refused[i], 100) == EINVAL, "posix_memalign accepts alignment %#zx", refused[i]);
        CHECK(block == untouched, "posix_memalign failed and changed its argument");
        if (refused[i] && (refused[i] & (refused[i] - 1)) == 0) continue;
        errno = 0;
        CHECK(aligned_alloc(refused[i], 100) == NULL && errno == EINVAL, "aligned_alloc to %#zx", refused[i]);
        errno = 0;
        CHECK(memalign(refused[i], 100) == NULL && errno == EINVAL, "memalign to %#zx", refused[i]);
    }
    /* Larger than the pool. */
    for (size_t alignment = 1ul << 40; alignment > 0; alignment *= 2) {
        void *block = untouched;
        CHECK(posix_memalign(&block, alignment, 100) == ENOMEM && block == untouched, "posix_memalign to %#zx", alignment);
        errno = 0;
        CHECK(aligned_alloc(alignment, 100) == NULL && errno == ENOMEM, "aligned_alloc to %#zx", alignment);
        errno = 0;
        CHECK(memalign(alignment, 100) == NULL && errno == ENOMEM, "memalign to %#zx", alignment);
    }
    return 0;
}
