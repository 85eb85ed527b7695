/* concurrent_forks [FORKS]: several threads fork at the same time, FORKS times each, half of them through fork and half
 * through __fork, while the program's own atfork handlers take a lock. No thread may hang, and every child must have
 * the heap as it was at its fork. */
#include "witness.h"

#include <pthread.h>

extern pid_t __fork(void);

enum { THREADS = 6 };

static int forks = 40;
static pthread_mutex_t program_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char *payload;
static struct placement before;

static void take(void) { pthread_mutex_lock(&program_lock); }
static void give(void) { pthread_mutex_unlock(&program_lock); }

static void *fork_often(void *number) {
    bool announced = (uintptr_t)number % 2 == 0;
    for (int i = 0; i < forks; i++) {
        free(malloc(300000));
        pid_t child = announced ? fork() : __fork();
        if (child == 0) {
            check_mode_took_effect(payload, before, true);
            for (int k = 0; k < 1 << 20; k += 4096)
                if (payload[k] != 7) _exit(2);
            memset(payload, 8, 1 << 20);
            free(payload);
            _exit(malloc(1000) == NULL);
        }
        check_child(child);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread[THREADS];
    if (argc > 1) forks = atoi(argv[1]);
    payload = malloc(1 << 20);
    memset(payload, 7, 1 << 20);
    before = check_in_pool(payload);
    CHECK(pthread_atfork(take, give, give) == 0, "pthread_atfork");
    for (uintptr_t i = 0; i < THREADS; i++) pthread_create(&thread[i], NULL, fork_often, (void *)i);
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    check_mode_took_effect(payload, before, false);
    return 0;
}
