/* A thread of the parent keeps its thread-specific values through forks. In the child of a threaded process, glibc
 * zeroes the values of all other threads, and values of keys beyond the first 32 lie in the heap. */
#include "witness.h"

#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

enum { KEYS = 100, THREADS = 3, FORKS = 20 };

static pthread_key_t key[KEYS];
static sem_t set, go, checked;
static bool stop;

static void check_values(uintptr_t owner, const char *when) {
    for (uintptr_t i = 0; i < KEYS; i++)
        CHECK(pthread_getspecific(key[i]) == (void *)(owner * 1000 + i), "thread %lu: key %lu is %p %s", owner, i,
              pthread_getspecific(key[i]), when);
}

static void *hold(void *number) {
    uintptr_t owner = (uintptr_t)number;
    for (uintptr_t i = 0; i < KEYS; i++) {
        void *value = (void *)(owner * 1000 + i);
        CHECK((i % 2 ? pthread_setspecific(key[i], value) : tss_set(key[i], value)) == 0, "set");
    }
    do {
        sem_post(&set);
        sem_wait(&go);
        check_values(owner, "after a fork");
        sem_post(&checked);
    } while (!stop);
    return NULL;
}

int main(void) {
    pthread_t thread[THREADS];
    sem_init(&set, 0, 0);
    sem_init(&go, 0, 0);
    sem_init(&checked, 0, 0);
    for (int i = 0; i < KEYS; i++) CHECK(pthread_key_create(&key[i], NULL) == 0, "key %d", i);
    void *block = malloc(100000);
    struct placement before = check_in_pool(block);
    for (uintptr_t i = 0; i < KEYS; i++) pthread_setspecific(key[i], (void *)(9000 + i));
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&thread[i], NULL, hold, (void *)(i + 1)) == 0, "no thread");
    for (int i = 0; i < FORKS; i++) {
        for (int k = 0; k < THREADS; k++) sem_wait(&set);
        pid_t child = fork();
        if (child == 0) {
            check_mode_took_effect(block, before, true);
            check_values(9, "in the child");
            _exit(0);
        }
        check_child(child);
        check_mode_took_effect(block, before, false);
        check_values(9, "in the parent");
        stop = i + 1 == FORKS;
        for (int k = 0; k < THREADS; k++) sem_post(&go);
        for (int k = 0; k < THREADS; k++) sem_wait(&checked);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    return 0;
}
