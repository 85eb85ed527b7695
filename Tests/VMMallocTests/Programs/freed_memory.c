/* After a fork in mode 1, rewriting a page makes a copy in RAM. Freeing the memory gives that RAM back, in parent and
 * child. */
#include "witness.h"

static long private_dirty(void) {
    static char text[1 << 16];
    long sum = 0;
    int descriptor = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    ssize_t length = read(descriptor, text, sizeof text - 1);
    CHECK(length > 0, "no smaps_rollup");
    close(descriptor);
    text[length] = 0;
    char *line = strstr(text, "Anonymous:");
    CHECK(line && sscanf(line, "Anonymous: %ld", &sum) == 1, "no Anonymous in smaps_rollup");
    return sum;
}

static void rewrite_and_free(char **blocks, int count, size_t size, const char *who) {
    long before = private_dirty();
    for (int i = 0; i < count; i++) memset(blocks[i], 3, size);
    long written = private_dirty();
    CHECK(written - before > (long)(count * size / 1024) * 9 / 10, "%s: %ld KiB copied for %zu", who,
          written - before, count * size / 1024);
    for (int i = 0; i < count; i++) free(blocks[i]);
    long after = private_dirty();
    CHECK(after - before < (long)(count * size / 1024) / 10, "%s: %ld of %ld KiB kept after free", who,
          after - before, written - before);
}

int main(void) {
    enum { COUNT = 40 };
    size_t size = 1 << 20;
    char *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) memset(blocks[i] = malloc(size), i, size);
    struct placement before = check_in_pool(blocks[0]);
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(blocks[0], before, true);
        rewrite_and_free(blocks, COUNT, size, "child");
        _exit(0);
    }
    check_child(child);
    check_mode_took_effect(blocks[0], before, false);
    rewrite_and_free(blocks, COUNT, size, "parent");
    /* The memory can be used again, and calloc shows nothing of the old contents. */
    char *again = calloc(COUNT, size);
    for (size_t i = 0; i < COUNT * size; i++) CHECK(again[i] == 0, "calloc: byte %zu is %d", i, again[i]);
    return 0;
}
