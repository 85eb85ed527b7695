/* Forks while another library (malloc_wrapper.c), before ours or behind it, wraps malloc. The heap lies in the pool,
 * blocks of wrapped and unwrapped functions are freed correctly, and no write shows in the other process. Prints
 * whether the wrapper was called. */
#include "witness.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 3, BLOCKS = 300, ROUNDS = 20 };

static void fill(unsigned char *block, size_t size, unsigned seed) {
    for (size_t i = 0; i < size; i++) block[i] = (unsigned char)(seed + i);
}

static void verify(const unsigned char *block, size_t size, unsigned seed) {
    for (size_t i = 0; i < size; i++) CHECK(block[i] == (unsigned char)(seed + i), "byte %zu of a block is another's", i);
}

static size_t size_of(unsigned i) { return 1 + i * 37 % 5000; }

static unsigned char *allocate(unsigned i) {
    size_t size = size_of(i);
    void *block = NULL;
    switch (i % 6) {
    case 0: block = malloc(size); break;
    case 1: block = realloc(malloc(1), size); break;
    case 2: CHECK(posix_memalign(&block, 4096, size) == 0, "posix_memalign"); break;
    case 3: block = aligned_alloc(64, size); break;
    /* Few libraries wrap this one, so it must call the wrapped realloc. */
    case 4: block = reallocarray(malloc(i), 1, size); break;
    case 5:
        block = calloc(1, size);
        CHECK(block == NULL || memchr(block, 0, size) == block, "calloc's block is not zero");
        break;
    }
    CHECK(block != NULL, "no block");
    fill(block, size, i);
    return block;
}

static atomic_bool stop;

static void *churn(void *unused) {
    while (!stop) {
        unsigned char *blocks[BLOCKS];
        for (unsigned i = 0; i < BLOCKS; i++) blocks[i] = allocate(i);
        for (unsigned i = 0; i < BLOCKS; i++) {
            verify(blocks[i], size_of(i), i);
            free(blocks[i]);
        }
    }
    return unused;
}

int main(void) {
    atomic_ulong *calls = dlsym(RTLD_DEFAULT, "wrapped_calls");
    CHECK(calls != NULL, "nobody wraps malloc");
    unsigned char *blocks[BLOCKS];
    for (unsigned i = 0; i < BLOCKS; i++) blocks[i] = allocate(i);
    struct placement before = check_in_pool(blocks[0]);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, churn, NULL) == 0, "no thread");
    for (unsigned round = 0; round < ROUNDS; round++) {
        pid_t child = fork();
        if (child == 0) {
            check_mode_took_effect(blocks[0], before, true);
            for (unsigned i = 0; i < BLOCKS; i++) {
                verify(blocks[i], size_of(i), i);
                fill(blocks[i], size_of(i), i + 1);
                if (i % 2) free(blocks[i]);
            }
            for (unsigned i = 0; i < BLOCKS; i++) allocate(i);
            _exit(0);
        }
        check_child(child);
        check_mode_took_effect(blocks[0], before, false);
        for (unsigned i = 0; i < BLOCKS; i++) verify(blocks[i], size_of(i), i);
    }
    stop = true;
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < BLOCKS; i++) free(blocks[i]);
    puts(*calls > 0 ? "wrapped" : "not wrapped");
    return 0;
}
