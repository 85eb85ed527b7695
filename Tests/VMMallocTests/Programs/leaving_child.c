/* leaving_child FILLER_MIB: a fork that can no longer be refused, __fork, finds no room for a copy, so its child
 * leaves. By then glibc has already run in the child, on its parent's heap. Even so, the parent's thread keeps the lock
 * of its FILE and its thread-specific values. */
#include "witness.h"

#include <pthread.h>
#include <semaphore.h>

extern pid_t __fork(void);

enum { KEYS = 100 };

static pthread_key_t key[KEYS];
static FILE *file;
static sem_t ready, forked;

static void *hold(void *unused) {
    for (uintptr_t i = 0; i < KEYS; i++) CHECK(pthread_setspecific(key[i], (void *)(1000 + i)) == 0, "set");
    flockfile(file);
    sem_post(&ready);
    sem_wait(&forked);
    for (uintptr_t i = 0; i < KEYS; i++)
        CHECK(pthread_getspecific(key[i]) == (void *)(1000 + i), "key %lu is %p", i, pthread_getspecific(key[i]));
    funlockfile(file);
    return unused;
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: leaving_child FILLER_MIB");
    pthread_t holder;
    int status;
    file = fopen("/dev/null", "w");
    check_in_pool(file);
    size_t size = 8 << 20;
    memset(malloc(size), 5, size);
    sem_init(&ready, 0, 0);
    sem_init(&forked, 0, 0);
    for (int i = 0; i < KEYS; i++) CHECK(pthread_key_create(&key[i], NULL) == 0, "key %d", i);
    CHECK(pthread_create(&holder, NULL, hold, NULL) == 0, "no thread");
    sem_wait(&ready);
    take_space(strtoul(argv[1], NULL, 10) << 20);
    pid_t child = __fork();
    if (child == 0) _exit(0);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status), "child: wait status %#x", status);
    CHECK(WEXITSTATUS(status) == 71, "the child did not leave, but ended with %d", WEXITSTATUS(status));
    CHECK(ftrylockfile(file) != 0, "the thread has lost its lock");
    sem_post(&forked);
    pthread_join(holder, NULL);
    return 0;
}
