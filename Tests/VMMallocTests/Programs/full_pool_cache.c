/* mallctl creates caches while the pool is full: the thread's own, and one that the program asks for. Neither may end
 * the process, and once memory is free again, everything works as before. */
#include "witness.h"

#include <jemalloc/jemalloc.h>
#include <malloc.h>

int main(void) {
    bool off = false, on = true;
    unsigned cache;
    size_t length = sizeof cache;
    check_in_pool(strdup("a block"));
    CHECK(mallctl("thread.tcache.enabled", NULL, NULL, &off, sizeof off) == 0, "the cache stays");
    /* Fills the pool to its last page with blocks that form a list. */
    void **list = NULL;
    for (size_t size = 1 << 20; size >= 64; size /= 2)
        for (void **block; (block = malloc(size)) != NULL; list = block) *block = list;
    CHECK(list != NULL && malloc(4096) == NULL, "the pool is not full");
    CHECK(mallctl("thread.tcache.enabled", NULL, NULL, &on, sizeof on) == 0, "no cache");
    int error = mallctl("tcache.create", &cache, &length, NULL, 0);
    CHECK(error == 0 || error == EAGAIN || error == EFAULT, "error %d", error);
    for (int i = 0; i < 1000; i++) free(malloc(100));
    while (list != NULL) {
        void **next = *list;
        free(list);
        list = next;
    }
    void *block = malloc(1 << 20);
    CHECK(block != NULL, "what was freed does not serve again");
    check_in_pool(block);
    free(block);
    return 0;
}
