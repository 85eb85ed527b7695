/* Threads allocate and free while they end: in destructors of pthread_key_create and of C++'s thread_local (through the
 * function that compilers call for them), which run after jemalloc has given up the thread's cache. If any of that
 * memory were lost, the pool would not last: a thousand threads allocate several times its size. */
#include "witness.h"

#include <pthread.h>

extern int __cxa_thread_atexit_impl(void (*destructor)(void *), void *object, void *dso);
extern void *__dso_handle;

enum { KEYS = 20, BLOCK = 64 << 10 };
static pthread_key_t key[KEYS];
static int destroyed;

static void allocate_and_free(void) {
    char *block = malloc(BLOCK), *small = calloc(3, 7);
    CHECK(block != NULL && small != NULL, "no memory while a thread ends");
    memset(block, 1, BLOCK);
    block = realloc(block, 2 * BLOCK);
    CHECK(block != NULL, "no realloc while a thread ends");
    free(block);
    free(small);
    __atomic_add_fetch(&destroyed, 1, __ATOMIC_RELAXED);
}

static void destroy_value(void *value) {
    static __thread int calls;
    allocate_and_free();
    free(value);
    /* glibc calls the destructor again for values that are set in the meantime. */
    if (++calls <= KEYS && pthread_getspecific(key[0]) == NULL) pthread_setspecific(key[0], malloc(BLOCK));
}
static void destroy_thread_local(void *object) {
    allocate_and_free();
    free(object);
}

static void *work(void *unused) {
    (void)unused;
    for (int i = 0; i < KEYS; i++) CHECK(pthread_setspecific(key[i], malloc(BLOCK)) == 0, "pthread_setspecific");
    for (int i = 0; i < 5; i++)
        CHECK(__cxa_thread_atexit_impl(destroy_thread_local, malloc(BLOCK), &__dso_handle) == 0, "thread_local");
    return malloc(100);
}

int main(void) {
    void *block = calloc(1, 100);
    check_in_pool(block);
    for (int i = 0; i < KEYS; i++) CHECK(pthread_key_create(&key[i], destroy_value) == 0, "pthread_key_create");
    for (int round = 0; round < 250; round++) {
        pthread_t thread[4];
        for (int i = 0; i < 4; i++) CHECK(pthread_create(&thread[i], NULL, work, NULL) == 0, "no thread");
        for (int i = 0; i < 4; i++) {
            void *result;
            pthread_join(thread[i], &result);
            CHECK(result != NULL, "a thread had no memory");
            free(result);
        }
    }
    CHECK(destroyed >= 1000 * (KEYS + 5), "only %d destructors ran", destroyed);
    /* The caches of ended threads hold nothing back. */
    size_t pool = strtoul(getenv("VMMALLOC_POOL_SIZE"), NULL, 10) << 20;
    CHECK((block = malloc(pool / 4 * 3)) != NULL, "ended threads hold memory back");
    free(block);
    return 0;
}
