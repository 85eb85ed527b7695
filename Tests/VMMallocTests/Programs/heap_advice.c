/* madvise(2) has the same effect on pages of the heap as on anonymous memory: before a fork, in the parent and in the
 * child. */
#include "witness.h"

#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 64, LARGE = 3 << 20 };

static bool is_all(const char *bytes, size_t length, char value) {
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != value) return false;
    return true;
}

static void check_advice(char *block, const char *who) {
    memset(block, 'x', PAGES * PAGE);
    errno = 0;
    CHECK(madvise(block + PAGE, 2 * PAGE - 1, MADV_DONTNEED) == 0 && errno == 0, "%s: MADV_DONTNEED", who);
    CHECK(is_all(block, PAGE, 'x') && is_all(block + 3 * PAGE, (PAGES - 3) * PAGE, 'x'), "%s: pages beside it changed", who);
    CHECK(is_all(block + PAGE, 2 * PAGE, 0), "%s: pages are not zero", who);
    CHECK(madvise(block + 8 * PAGE, 8 * PAGE, MADV_FREE) == 0, "%s: MADV_FREE", who);
    CHECK(is_all(block + 8 * PAGE, 8 * PAGE, 'x') || is_all(block + 8 * PAGE, 8 * PAGE, 0), "%s: neither kept nor dropped", who);
    CHECK(madvise(block, PAGE, MADV_REMOVE) == -1 && errno == EINVAL, "%s: MADV_REMOVE", who);
    CHECK(is_all(block, PAGE, 'x'), "%s: MADV_REMOVE took what it refused", who);
    CHECK(madvise(block + 1, PAGE, MADV_DONTNEED) == -1 && errno == EINVAL, "%s: off its page", who);
    CHECK(madvise(block, 0, MADV_DONTNEED) == 0, "%s: of nothing", who);
    CHECK(madvise(block, SIZE_MAX - PAGE, MADV_DONTNEED) == -1 && errno == EINVAL, "%s: of more than there is", who);
    CHECK(is_all(block, PAGE, 'x'), "%s: a page changed", who);
    /* A known limit: the child would have to zero the page. */
    CHECK(madvise(block, PAGE, MADV_WIPEONFORK) == -1 && errno == EINVAL, "%s: MADV_WIPEONFORK", who);
    /* Refused, although anonymous memory would be dropped; but never a signal. */
    CHECK(mprotect(block + 20 * PAGE, PAGE, PROT_NONE) == 0, "mprotect");
    CHECK(madvise(block + 20 * PAGE, PAGE, MADV_DONTNEED) == -1, "%s: a page that may not be written", who);
    CHECK(mprotect(block + 20 * PAGE, PAGE, PROT_READ | PROT_WRITE) == 0, "mprotect");
    char *large = aligned_alloc(PAGE, LARGE);
    CHECK(large != NULL, "no memory");
    memset(large, 'l', LARGE);
    CHECK(madvise(large, LARGE, MADV_DONTNEED) == 0 && is_all(large, LARGE, 0), "%s: more than a huge page", who);
    free(large);
    /* Outside the heap, the kernel does it. */
    char *elsewhere = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *elsewhere = 'e';
    CHECK(madvise(elsewhere, PAGE, MADV_DONTNEED) == 0 && *elsewhere == 0, "%s: memory that is not the heap's", who);
    munmap(elsewhere, PAGE);
}

int main(void) {
    char *block = aligned_alloc(PAGE, PAGES * PAGE), *older = aligned_alloc(PAGE, PAGE);
    struct placement before = check_in_pool(block);
    check_in_pool(older);
    check_advice(block, "before a fork");
    memset(older, 'o', PAGE);
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(block, before, true);
        memset(older, 'c', PAGE);
        CHECK(madvise(older, PAGE, MADV_DONTNEED) == 0 && is_all(older, PAGE, 0), "bytes older than the fork show");
        check_advice(block, "child");
        _exit(0);
    }
    check_child(child);
    check_mode_took_effect(block, before, false);
    CHECK(is_all(older, PAGE, 'o'), "the child's advice reached its parent");
    CHECK(madvise(older, PAGE, MADV_DONTNEED) == 0 && is_all(older, PAGE, 0), "pages are not zero");
    check_advice(block, "parent");
    return 0;
}
