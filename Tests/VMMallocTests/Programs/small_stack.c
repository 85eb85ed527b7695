/* small_stack KIBIBYTES: forks twice, each time from a new thread with a stack of that size, or with the smallest stack
 * that a thread may have if it is 0. The stack ends at a guard page. The first fork loads what a copy needs. */
#define WITNESS_STORAGE static
#include "witness.h"

#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>

static char *block;
static struct placement before;

static void *fork_here(void *unused) {
    (void)unused;
    pid_t child = fork();
    if (child == 0) {
        CHECK(strcmp(block, "parent") == 0, "the child's heap is another");
        strcpy(block, "child");
        check_mode_took_effect(block, before, true);
        _exit(0);
    }
    check_child(child);
    CHECK(strcmp(block, "parent") == 0, "the child wrote its parent's heap");
    return NULL;
}

int main(int count, char **arguments) {
    size_t size = count > 1 ? (size_t)atoi(arguments[1]) << 10 : 0;
    if (size == 0) size = (size_t)sysconf(_SC_THREAD_STACK_MIN);
    block = calloc(1, 100000);
    before = check_in_pool(block);
    strcpy(block, "parent");
    char *stack = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(stack != MAP_FAILED && mprotect(stack, 4096, PROT_NONE) == 0, "no stack");
    for (int i = 0; i < 2; i++) {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        CHECK(pthread_attr_setstack(&attributes, stack + 4096, size) == 0, "a stack of %zu bytes", size);
        pthread_t thread;
        CHECK(pthread_create(&thread, &attributes, fork_here, NULL) == 0, "no thread");
        pthread_join(thread, NULL);
    }
    return 0;
}
