/* Shows a limit: threads whose stacks come from malloc. glibc keeps a list of threads, whose links lie at the top of
 * their stacks. The child unlinks itself before it has its own heap: in mode 2, from its parent's list. Code that walks
 * that list then misses the thread that forked, so setuid() in another thread does not reach it. */
#include "witness.h"

#include <pthread.h>
#include <semaphore.h>

static sem_t forked, done;

static void *change_user(void *unused) {
    (void)unused;
    sem_wait(&forked);
    CHECK(setresuid(65534, 65534, 65534) == 0, "setresuid");
    sem_post(&done);
    return NULL;
}

int main(void) {
    size_t size = 1 << 20;
    void *stack;
    CHECK(posix_memalign(&stack, 65536, size) == 0, "no stack");
    struct placement before = check_in_pool(stack);
    sem_init(&forked, 0, 0);
    sem_init(&done, 0, 0);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    CHECK(pthread_attr_setstack(&attributes, stack, size) == 0, "setstack");
    pthread_t thread;
    CHECK(pthread_create(&thread, &attributes, change_user, NULL) == 0, "no thread");
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(stack, before, true);
        _exit(0);
    }
    check_child(child);
    CHECK(pthread_tryjoin_np(thread, NULL) == EBUSY, "the thread passes for ended");
    sem_post(&forked);
    sem_wait(&done);
    printf("%s\n", geteuid() == 65534 ? "reached" : "missed");
    return 0;
}
