/* A library's constructor has called malloc or fork, before our constructor or after it (see early_library.c). What it
 * allocated lies in the pool, is intact, and can be resized and freed, and so can all that comes later. Parent and
 * child of its fork have separate heaps. The child runs this program to its end, too. */
#include "early_library.h"
#include "witness.h"

int main(void) {
    if (early.is_child == 0) CHECK(early.child_status == 0, "the child ended with wait status %#x", early.child_status);
    void *block = calloc(1, 100);
    struct placement before = check_in_pool(block);
    check_in_pool(calloc(1, 1 << 20));
    for (int i = 0; i < EARLY_BLOCKS && early.block[i]; i++) {
        char value = (char)(early.is_child == 1 ? i + 100 : i);
        check_in_pool(early.block[i]);
        for (size_t j = 0; j < EARLY_SIZE(i); j++)
            CHECK(early.block[i][j] == value, "byte %zu of early block %d is %d", j, i, early.block[i][j]);
        early.block[i] = realloc(early.block[i], EARLY_SIZE(i) * 2);
        CHECK(early.block[i] != NULL, "cannot resize early block %d", i);
        check_in_pool(early.block[i]);
        CHECK(early.block[i][EARLY_SIZE(i) - 1] == value, "realloc lost early block %d", i);
        free(early.block[i]);
    }
    /* Blocks that reuse what was freed above lie in the pool, too. */
    for (int i = 0; i < 20000; i++) {
        void *again = malloc(8ul << i % 19);
        CHECK(again != NULL, "no room");
        memset(again, 1, 8);
        if (i < 200) check_in_pool(again);
        free(again);
    }
    /* If the constructor forked, it did so before there was a pool, or the mode has already taken effect. If it did
     * not, a fork works as usual here. */
    if (early.is_child != -1) return 0;
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(block, before, true);
        free(block);
        _exit(0);
    }
    check_child(child);
    check_mode_took_effect(block, before, false);
    return 0;
}
