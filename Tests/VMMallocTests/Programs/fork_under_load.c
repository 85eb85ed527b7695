/* fork_under_load THREADS FORKS: threads keep allocating, freeing, resizing and writing. Each child can use and free
 * what it inherited, start a thread, and fork again. */
#include "witness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

enum { SLOTS = 64, KEPT = 100 };

static atomic_bool stop;

/* Uses blocks that only this thread may write. */
static void *worker(void *seed) {
    unsigned state = (unsigned)(uintptr_t)seed * 7919 + 1;
    /* The test is about the forks, so they must get a processor at once. */
    setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
    struct { unsigned char *bytes; size_t size; unsigned char value; } slot[SLOTS] = {0};
    while (!stop) {
        state = state * 1103515245 + 12345;
        int i = (state >> 8) % SLOTS;
        if (slot[i].bytes == NULL) {
            slot[i].size = 1 + (state >> 5) % (state & 7 ? 3000 : 70000);
            slot[i].bytes = malloc(slot[i].size);
            CHECK(slot[i].bytes != NULL, "malloc failed");
            slot[i].value = (unsigned char)state;
            memset(slot[i].bytes, slot[i].value, slot[i].size);
            continue;
        }
        for (size_t k = 0; k < slot[i].size; k += 61)
            CHECK(slot[i].bytes[k] == slot[i].value, "a thread's block was overwritten");
        if (state & 1 << 20) {
            slot[i].size = 1 + (state >> 4) % 20000;
            slot[i].bytes = realloc(slot[i].bytes, slot[i].size);
            CHECK(slot[i].bytes != NULL, "realloc failed");
            memset(slot[i].bytes, slot[i].value, slot[i].size);
        } else {
            free(slot[i].bytes);
            slot[i].bytes = NULL;
        }
    }
    for (int i = 0; i < SLOTS; i++) free(slot[i].bytes);
    return NULL;
}

static void *one_allocation(void *unused) {
    (void)unused;
    void *block = malloc(5000);
    CHECK(block != NULL, "malloc in the child's thread failed");
    free(block);
    return NULL;
}

static unsigned char *kept[KEPT];

static void child(struct placement before, int depth) {
    check_mode_took_effect(kept[0], before, true);
    for (int i = 0; i < KEPT; i++) {
        for (int k = 0; k < 1000; k++) CHECK(kept[i][k] == i, "inherited block %d byte %d is wrong", i, k);
        free(kept[i]);
        kept[i] = malloc(1000);
        CHECK(kept[i] != NULL, "malloc in the child failed");
        memset(kept[i], i, 1000);
    }
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, one_allocation, NULL) == 0, "no thread in the child");
    pthread_join(thread, NULL);
    if (depth > 0) {
        struct placement mine = placement_of(kept[0]);
        pid_t grandchild = fork();
        if (grandchild == 0) child(mine, depth - 1);
        check_child(grandchild);
    }
    _exit(0);
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 4, forks = argc > 2 ? atoi(argv[2]) : 20;
    pthread_t thread[64];
    for (int i = 0; i < KEPT; i++) {
        kept[i] = malloc(1000);
        CHECK(kept[i] != NULL, "malloc failed");
        memset(kept[i], i, 1000);
    }
    struct placement before = check_in_pool(kept[0]);
    for (int i = 0; i < threads; i++)
        CHECK(pthread_create(&thread[i], NULL, worker, (void *)(uintptr_t)(i + 1)) == 0, "no thread");
    for (int i = 0; i < forks; i++) {
        pid_t pid = fork();
        if (pid == 0) child(before, i % 10 == 0);
        check_child(pid);
        check_mode_took_effect(kept[0], before, false);
    }
    stop = true;
    for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
    return 0;
}
