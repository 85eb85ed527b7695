/* signal_in_fork allocate|fork: a signal handler that interrupts nothing but fork(2) allocates, or forks itself, as it
 * may in a single-threaded process. It fires at a different moment in each of many forks. */
#include "witness.h"

#include <signal.h>
#include <sys/time.h>

enum { FORKS = 300, BLOCKS = 20 };

static volatile sig_atomic_t in_fork, allocates, hits;

static void use_the_heap(int signal) {
    (void)signal;
    int error = errno;
    if (!in_fork) return;
    /* Only once per fork. */
    in_fork = 0;
    hits++;
    if (allocates) {
        void *blocks[BLOCKS];
        for (int i = 0; i < BLOCKS; i++) CHECK((blocks[i] = malloc(20000 + i * 4096)) != NULL, "malloc");
        for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
    } else {
        pid_t child = fork();
        if (child == 0) _exit(malloc(100000) == NULL);
        check_child(child);
    }
    errno = error;
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: signal_in_fork allocate|fork");
    allocates = strcmp(argv[1], "allocate") == 0;
    size_t size = 4 << 20;
    unsigned char *payload = malloc(size);
    memset(payload, 5, size);
    struct placement before = check_in_pool(payload);
    CHECK(sigaction(SIGALRM, &(struct sigaction){.sa_handler = use_the_heap, .sa_flags = SA_RESTART}, NULL) == 0,
          "sigaction");
    for (int i = 0; i < FORKS; i++) {
        /* The longest delay is about what the longest of these forks takes. */
        struct itimerval later = {.it_value = {.tv_usec = 1 + i * 37 % 8000}}, never = {0};
        in_fork = 1;
        setitimer(ITIMER_REAL, &later, NULL);
        pid_t child = fork();
        in_fork = 0;
        if (child == 0) {
            check_mode_took_effect(payload, before, true);
            sigset_t blocked;
            sigprocmask(SIG_SETMASK, NULL, &blocked);
            CHECK(!sigismember(&blocked, SIGALRM), "the child has signals blocked");
            _exit(payload[size - 1] != 5);
        }
        setitimer(ITIMER_REAL, &never, NULL);
        check_child(child);
    }
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    CHECK(!sigismember(&blocked, SIGALRM), "signals stay blocked");
    CHECK(hits > 0, "no handler ran in a fork");
    for (size_t i = 0; i < size; i++) CHECK(payload[i] == 5, "the heap changed");
    return 0;
}
