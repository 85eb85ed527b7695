/* A family of processes that end in different ways: the parent by exit, a child of fork in the way that the argument
 * names, a child of vfork by _exit. */
#include "witness.h"

/* Allocates 100 blocks and frees 40. That is more than any statistics need themselves, and the test knows these
 * numbers. */
static void allocate(void) {
    static void *blocks[100];
    for (int i = 0; i < 100; i++) blocks[i] = malloc(1000);
    check_in_pool(blocks[0]);
    for (int i = 0; i < 40; i++) free(blocks[i]);
}

int main(int count, char **arguments) {
    CHECK(count == 2, "usage: ends HOW");
    const char *how = arguments[1];
    allocate();
    pid_t child = fork();
    if (child == 0) {
        void *volatile block = malloc(1);
        free(block);
        if (strcmp(how, "exit") == 0) exit(0);
        if (strcmp(how, "_exit") == 0) _exit(0);
        if (strcmp(how, "_Exit") == 0) _Exit(0);
        if (strcmp(how, "quick_exit") == 0) quick_exit(0);
        abort();
    }
    check_child(child);
    pid_t vchild = vfork();
    if (vchild == 0) _exit(0);
    check_child(vchild);
    dprintf(1, "%d %d %d\n", getpid(), child, vchild);
    return 0;
}
