/* Forks on a stack that lies in the heap, as coroutines' stacks do. A copy would pull that stack away from under the
 * child, so mode 2 refuses, mode 3 falls back, and mode 1 works. */
#include "witness.h"

#include <ucontext.h>

static ucontext_t outside, inside;
static struct placement before;

static void coroutine(void) {
    int local = 42;
    before = check_in_pool(&local);
    pid_t child = fork();
    if (child == 0) _exit(local != 42 || placement_of(&local).sharing != 'p');
    if (child == -1) {
        CHECK(errno == ENOMEM, "fork");
        printf("refused\n");
    } else {
        check_child(child);
        printf("worked\n");
    }
    CHECK(local == 42, "the stack changed");
}

int main(void) {
    size_t size = 256 << 10;
    getcontext(&inside);
    inside.uc_stack.ss_sp = malloc(size);
    inside.uc_stack.ss_size = size;
    inside.uc_link = &outside;
    makecontext(&inside, coroutine, 0);
    CHECK(swapcontext(&outside, &inside) == 0, "swapcontext");
    return 0;
}
