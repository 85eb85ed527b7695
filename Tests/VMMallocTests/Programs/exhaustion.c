/* exhaustion BLOCK_SIZE SHARE: fills the pool until malloc says ENOMEM, and goes on. At least SHARE per cent of the pool
 * must have been usable. What is freed serves again: this thread, another one, in other sizes. */
#include "witness.h"

#include <pthread.h>

static size_t block_size;
static void **head;
static size_t count;

static void fill(void) {
    count = 0;
    for (;;) {
        errno = 0;
        void **block = malloc(block_size);
        if (block == NULL) break;
        memset(block, 0x5A, block_size);
        *block = head;
        head = (void **)block;
        count++;
    }
    CHECK(errno == ENOMEM, "malloc failed, but not with ENOMEM");
}

static void *empty_and_fill_again(void *unused) {
    (void)unused;
    size_t before = count;
    while (head) {
        void **next = *head;
        free(head);
        head = next;
    }
    fill();
    /* The first thread's cache keeps a few. */
    CHECK(count * 100 >= before * 90, "another thread got %zu blocks where the first got %zu", count, before);
    return NULL;
}

int main(int argc, char **argv) {
    CHECK(argc == 3, "usage: exhaustion BLOCK_SIZE SHARE");
    block_size = strtoul(argv[1], NULL, 10);
    size_t pool = strtoul(getenv("VMMALLOC_POOL_SIZE"), NULL, 10) << 20;
    /* A thread needs memory of its own; stdio a buffer. */
    pthread_t thread;
    printf("starting\n");
    fill();
    check_in_pool(head);
    size_t share = count * block_size * 100 / pool;
    CHECK(share >= (size_t)atoi(argv[2]), "only %zu %% of the pool was usable", share);
    /* The program goes on: it can report, fork and free. */
    printf("%zu blocks, %zu %%\n", count, share);
    for (size_t enough = count / 10; enough > 0; enough--, count--) {
        void **next = *head;
        free(head);
        head = next;
    }
    CHECK(pthread_create(&thread, NULL, empty_and_fill_again, NULL) == 0, "no thread");
    pthread_join(thread, NULL);
    while (head) {
        void **next = *head;
        free(head);
        head = next;
    }
    block_size = block_size > 100000 ? 1000 : 1 << 20;
    fill();
    CHECK(count * block_size * 2 > pool, "other sizes found only %zu bytes", count * block_size);
    return 0;
}
