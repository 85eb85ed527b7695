/* 16 threads allocate 500 MiB in total. All of it must lie in the pool, and anonymous memory must stay below the
 * README's bound for metadata, 2 MiB per processor plus 8 MiB, with another 4 MiB for stacks and libraries. The
 * optional argument is the size of the blocks; without it, sizes vary. */
#include "witness.h"

#include <pthread.h>

enum { THREADS = 16 };
static const size_t total = 500ul << 20;
static size_t block_size;

static void *allocate(void *seed) {
    unsigned state = (unsigned)(uintptr_t)seed;
    for (size_t sum = 0; sum < total / THREADS;) {
        state = state * 1103515245 + 12345;
        size_t size = block_size ? block_size : 16 + state / 65536 % 4096;
        char *block = malloc(size);
        CHECK(block != NULL, "malloc failed");
        memset(block, 1, size);
        if (state % 50000 == 0 || sum == 0) check_in_pool(block);
        sum += size;
    }
    return NULL;
}

int main(int argc, char **argv) {
    block_size = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    pthread_t thread[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) pthread_create(&thread[i], NULL, allocate, (void *)i);
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    char line[256];
    long anonymous = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status)) sscanf(line, "RssAnon: %ld", &anonymous);
    long most = (2 * sysconf(_SC_NPROCESSORS_ONLN) + 8 + 4) << 10;
    CHECK(anonymous >= 0 && anonymous < most, "%ld KiB of anonymous memory", anonymous);
    return 0;
}
