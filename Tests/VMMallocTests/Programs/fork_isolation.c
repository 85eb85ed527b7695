/* fork_isolation [THREADS]: parent, child, grandchild and siblings each see the heap as it was at their fork, and
 * nobody else's writes. malloc and free work in all of them, before the fork and after it. With THREADS, that many
 * threads run as well, so that the process counts as multi-threaded. */
#include "witness.h"

#include <pthread.h>
#include <semaphore.h>

enum { BLOCKS = 300, ROUNDS = 3 };

static unsigned char *blocks[BLOCKS];

static size_t size_of(int i) { return 16u + (size_t)(i * 7919 % 40000); }

static void fill(int value) {
    for (int i = 0; i < BLOCKS; i++) memset(blocks[i], (value + i) & 0xff, size_of(i));
}

static void check_filled(int value, const char *who) {
    for (int i = 0; i < BLOCKS; i++)
        for (size_t k = 0; k < size_of(i); k++)
            CHECK(blocks[i][k] == ((value + i) & 0xff), "%s: block %d byte %zu is %d, not %d", who, i, k,
                  blocks[i][k], (value + i) & 0xff);
}

static void churn(void) {
    void *more[200];
    for (int i = 0; i < 200; i++) {
        more[i] = malloc(size_of(i * 3 % BLOCKS));
        CHECK(more[i] != NULL, "malloc failed");
        memset(more[i], 0xEE, size_of(i * 3 % BLOCKS));
    }
    for (int i = 0; i < 200; i++) free(more[i]);
}

static void await(int descriptor) {
    char byte;
    CHECK(read(descriptor, &byte, 1) == 1, "the other side is gone");
}

static void tell(int descriptor) { CHECK(write(descriptor, "x", 1) == 1, "the other side is gone"); }

/* The child checks the heap, writes to it, waits until its parent has written too, and checks again. */
static void child_of(int value, int depth, struct placement before, int from_parent, int to_parent) {
    check_mode_took_effect(blocks[0], before, true);
    check_filled(value, "child at start");
    churn();
    fill(value + 100);
    tell(to_parent);
    await(from_parent);
    check_filled(value + 100, "child after the parent wrote");
    if (depth > 0) {
        struct placement mine = placement_of(blocks[0]);
        int down[2], up[2];
        CHECK(pipe(down) == 0 && pipe(up) == 0, "pipe");
        pid_t grandchild = fork();
        if (grandchild == 0) child_of(value + 100, depth - 1, mine, down[0], up[1]);
        await(up[0]);
        check_filled(value + 100, "parent while the grandchild wrote");
        fill(value + 50);
        tell(down[1]);
        check_child(grandchild);
        check_filled(value + 50, "parent after the grandchild");
    }
    for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
    churn();
    _exit(0);
}

static sem_t done;

static void *idle(void *unused) {
    (void)unused;
    free(malloc(100));
    sem_wait(&done);
    return NULL;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 0;
    pthread_t thread[64];
    sem_init(&done, 0, 0);
    for (int i = 0; i < threads; i++) CHECK(pthread_create(&thread[i], NULL, idle, NULL) == 0, "no thread");
    for (int i = 0; i < BLOCKS; i++) blocks[i] = malloc(size_of(i));
    for (int i = 0; i < BLOCKS; i++) CHECK(blocks[i] != NULL, "malloc failed");
    struct placement before = check_in_pool(blocks[0]);
    CHECK(before.sharing == 's', "before the first fork the pool is not shared");
    for (int round = 0; round < ROUNDS; round++) {
        int value = round * 10;
        fill(value);
        int down[2][2], up[2][2];
        pid_t sibling[2];
        for (int i = 0; i < 2; i++) {
            CHECK(pipe(down[i]) == 0 && pipe(up[i]) == 0, "pipe");
            sibling[i] = fork();
            if (sibling[i] == 0) child_of(value, 2, before, down[i][0], up[i][1]);
            check_mode_took_effect(blocks[0], before, false);
        }
        for (int i = 0; i < 2; i++) await(up[i][0]);
        check_filled(value, "parent while the children wrote");
        fill(value + 200);
        churn();
        for (int i = 0; i < 2; i++) tell(down[i][1]);
        for (int i = 0; i < 2; i++) check_child(sibling[i]);
        check_filled(value + 200, "parent at the end of the round");
        for (int i = 0; i < 2; i++) close(down[i][0]), close(down[i][1]), close(up[i][0]), close(up[i][1]);
    }
    for (int i = 0; i < threads; i++) sem_post(&done);
    for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
    return 0;
}
