/* Starts threads while the pool is full, from not a byte free to some hundred KiB in pieces. Either pthread_create
 * fails cleanly or the thread works. Its malloc returns NULL or a block, and nothing crashes. When memory is free
 * again, everything works as before. */
#include "witness.h"

#include <pthread.h>

static void **head;
static int worked, refused, empty_handed;

static void fill(size_t size) {
    for (void **block; (block = malloc(size)) != NULL; head = block) *block = head;
}

static void *work(void *unused) {
    (void)unused;
    /* The first call makes the thread's cache. */
    char *small = malloc(40);
    if (small) memset(small, 1, 40);
    else __atomic_add_fetch(&empty_handed, 1, __ATOMIC_RELAXED);
    char *large = calloc(1, 100000);
    free(small);
    free(large);
    free(realloc(malloc(5000), 20000));
    return NULL;
}

static void start_threads(void) {
    pthread_t thread[4];
    int started = 0;
    for (int i = 0; i < 4; i++) {
        int error = pthread_create(&thread[started], NULL, work, NULL);
        CHECK(error == 0 || error == EAGAIN || error == ENOMEM, "pthread_create: %s", strerror(error));
        started += error == 0;
        refused += error != 0;
    }
    for (int i = 0; i < started; i++) CHECK(pthread_join(thread[i], NULL) == 0, "pthread_join");
    worked += started;
}

int main(void) {
    enum { SPARES = 3000 };
    static void *spare[SPARES];
    for (int i = 0; i < SPARES; i++) spare[i] = malloc(i * 7 % 1200 + 1);
    check_in_pool(spare[0]);
    for (size_t size = 8 << 20; size >= 8; size /= 2) fill(size);
    start_threads();
    CHECK(refused > 0 || empty_handed > 0, "the pool is not full: this proves nothing");
    for (int i = 0; i < SPARES; i++) {
        free(spare[i]);
        if (i % 20 == 0) start_threads();
    }
    CHECK(worked > 0, "no thread could be started with the pool almost full");
    while (head) {
        void **next = *head;
        free(head);
        head = next;
    }
    refused = empty_handed = 0;
    for (int i = 0; i < 25; i++) start_threads();
    CHECK(refused == 0 && empty_handed == 0, "threads still fail after all was freed");
    return 0;
}
