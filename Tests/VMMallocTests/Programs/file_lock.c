/* A thread of the parent holds flockfile() on a FILE in the heap through many forks. glibc resets the lock of every
 * FILE in the child, and that must not reach the parent. Each child can lock and use the FILE at once. */
#include "witness.h"

#include <pthread.h>
#include <semaphore.h>

static FILE *file;
static sem_t locked, done;

static void *hold(void *unused) {
    (void)unused;
    flockfile(file);
    fputs("held", file);
    sem_post(&locked);
    sem_wait(&done);
    funlockfile(file);
    return NULL;
}

int main(void) {
    pthread_t holder;
    file = fopen("/dev/null", "w");
    struct placement before = check_in_pool(file);
    void *block = malloc(100000);
    sem_init(&locked, 0, 0);
    sem_init(&done, 0, 0);
    CHECK(pthread_create(&holder, NULL, hold, NULL) == 0, "no thread");
    sem_wait(&locked);
    for (int i = 0; i < 50; i++) {
        pid_t child = fork();
        if (child == 0) {
            check_mode_took_effect(block, before, true);
            CHECK(ftrylockfile(file) == 0, "the child cannot lock the FILE");
            fputs("child", file);
            funlockfile(file);
            struct placement mine = placement_of(file);
            CHECK(fork_mode() == 1 || (mine.sharing == 's' && mine.inode != before.inode),
                  "the child's FILE is not in the child's own file");
            fclose(file);
            file = fopen("/dev/null", "r");
            _exit(file == NULL);
        }
        check_child(child);
        check_mode_took_effect(block, before, false);
        CHECK(ftrylockfile(file) != 0, "fork %d: the holder has lost its lock", i);
    }
    sem_post(&done);
    pthread_join(holder, NULL);
    CHECK(ftrylockfile(file) == 0, "the lock was not released");
    return fclose(file);
}
