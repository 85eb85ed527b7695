/* torn_pairs FORKS: each of two threads counts in .bss, then in one block of the heap, then in another one far from it.
 * A child that shows a single moment, that of the fork, has no block ahead of what was counted before it, and none
 * behind by more than one. Prints how many children were torn, within the heap and against .bss. */
#include "witness.h"

#include <pthread.h>

enum { WRITERS = 2, SPREAD = 4 << 20 };

static uint64_t counted[WRITERS][8];
static uint64_t *first[WRITERS], *second[WRITERS];
static int stop;

static void *count(void *number) {
    uintptr_t writer = (uintptr_t)number;
    for (uint64_t n = 1; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++) {
        __atomic_store_n(&counted[writer][0], n, __ATOMIC_RELEASE);
        __atomic_store_n(first[writer], n, __ATOMIC_RELEASE);
        __atomic_store_n(second[writer], n, __ATOMIC_RELEASE);
    }
    return NULL;
}

static bool follows(uint64_t later, uint64_t earlier) { return later <= earlier && earlier - later <= 1; }

int main(int argc, char **argv) {
    int forks = argc > 1 ? atoi(argv[1]) : 100, heap = 0, globals = 0;
    pthread_t thread[WRITERS];
    char *spread[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        spread[i] = malloc(SPREAD);
        CHECK(spread[i] != NULL, "no memory");
        memset(spread[i], 1, SPREAD);
        first[i] = (uint64_t *)(spread[i] + 4096 - (uintptr_t)spread[i] % 4096);
        second[i] = (uint64_t *)((char *)first[i] + SPREAD - 3 * 4096);
        *first[i] = *second[i] = 0;
    }
    struct placement before = check_in_pool(spread[0]);
    for (uintptr_t i = 0; i < WRITERS; i++) CHECK(pthread_create(&thread[i], NULL, count, (void *)i) == 0, "no thread");
    for (int i = 0; i < forks; i++) {
        pid_t child = fork();
        if (child == 0) {
            check_mode_took_effect(spread[0], before, true);
            int torn = 0;
            for (int k = 0; k < WRITERS; k++) {
                if (!follows(*second[k], *first[k])) torn |= 4;
                if (!follows(*first[k], counted[k][0])) torn |= 8;
            }
            _exit(torn);
        }
        check_mode_took_effect(spread[0], before, false);
        int status;
        CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status), "child: %#x", status);
        CHECK((WEXITSTATUS(status) & ~12) == 0, "child left with %d", WEXITSTATUS(status));
        heap += (WEXITSTATUS(status) & 4) != 0;
        globals += (WEXITSTATUS(status) & 8) != 0;
    }
    stop = 1;
    for (int i = 0; i < WRITERS; i++) pthread_join(thread[i], NULL);
    for (int i = 0; i < WRITERS; i++)
        CHECK(*first[i] == counted[i][0] && *second[i] == counted[i][0], "the parent has lost writes");
    printf("torn in the heap %d, against .bss %d\n", heap, globals);
    return 0;
}
