/* exhaustion BLOCK_SIZE SHARE: fills the pool until malloc fails with ENOMEM, and goes on. At least SHARE per cent of
 * the pool must be usable. After that, whatever the sizes, the threads and the order of the frees, a large block fits
 * again, and at least half as many blocks as at first. (docs/memory-use.md measures how many really fit.) */
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

static void empty(void) {
    while (head) {
        void **next = *head;
        free(head);
        head = next;
    }
}

/* Frees every other block first, so that the rest is spread over the whole pool. */
static void empty_in_two_rounds(void) {
    void **kept = NULL;
    while (head) {
        void **next = *head;
        if (count-- % 2) {
            *head = kept;
            kept = head;
        } else {
            free(head);
        }
        head = next;
    }
    head = kept;
    empty();
}

static void check_half_as_many_as(size_t before, const char *when) {
    CHECK(count * 2 >= before, "%s only %zu blocks where there were %zu", when, count, before);
}

static void *empty_and_fill_again(void *unused) {
    (void)unused;
    size_t before = count;
    empty();
    fill();
    check_half_as_many_as(before, "in another thread");
    return NULL;
}

static void run_in_another_thread(void *(*work)(void *), void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, work, argument) == 0, "no thread");
    pthread_join(thread, NULL);
}

static void *fill_and_empty(void *size) {
    block_size = *(size_t *)size;
    fill();
    CHECK(count > 0, "no block of %zu bytes in an empty pool", block_size);
    empty_in_two_rounds();
    return NULL;
}

int main(int argc, char **argv) {
    CHECK(argc == 3, "usage: exhaustion BLOCK_SIZE SHARE");
    size_t wanted = strtoul(argv[1], NULL, 10);
    size_t pool = strtoul(getenv("VMMALLOC_POOL_SIZE"), NULL, 10) << 20;
    /* Has stdio allocate its buffer. */
    printf("starting\n");
    check_in_pool(calloc(1, 100));
    block_size = wanted;
    fill();
    size_t first = count, share = count * block_size * 100 / pool;
    CHECK(share >= (size_t)atoi(argv[2]), "only %zu %% of the pool was usable", share);
    printf("%zu blocks, %zu %%\n", count, share);
    /* Leaves a new thread the memory that it needs. */
    for (size_t enough = count / 10 + 1; enough > 0; enough--, count--) {
        void **next = *head;
        free(head);
        head = next;
    }
    run_in_another_thread(empty_and_fill_again, NULL);
    empty();
    /* Small, medium and large, in mixed order. */
    size_t sizes[] = {48, 4 << 20, 700, 65536, 20000};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (i % 2) run_in_another_thread(fill_and_empty, &sizes[i]);
        else fill_and_empty(&sizes[i]);
        void *large = malloc(pool / 3);
        CHECK(large != NULL, "after blocks of %zu bytes were freed, a third of the pool is not free", sizes[i]);
        free(large);
        block_size = wanted;
        fill();
        char when[100];
        snprintf(when, sizeof when, "after blocks of %zu bytes", sizes[i]);
        check_half_as_many_as(first, when);
        empty_in_two_rounds();
    }
    return 0;
}
