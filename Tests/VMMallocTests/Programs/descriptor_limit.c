/* While several threads fork at the same time, the descriptor limit, which all threads share, never changes, not even
 * for a moment. */
#include "witness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

enum { THREADS = 4, FORKS = 100 };

static const rlim_t soft = 1024;
static atomic_bool stop;

static rlim_t limit_now(void) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    return limit.rlim_cur;
}

static void *watch(void *unused) {
    while (!stop) CHECK(limit_now() == soft, "the limit is %lu during forks", limit_now());
    return unused;
}

static void *fork_often(void *unused) {
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0) _exit(limit_now() != soft);
        check_child(child);
    }
    return unused;
}

int main(void) {
    pthread_t watcher, thread[THREADS];
    struct rlimit limit;
    check_in_pool(calloc(1, 1000));
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max > soft, "needs a hard limit above %lu", soft);
    limit.rlim_cur = soft;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    CHECK(pthread_create(&watcher, NULL, watch, NULL) == 0, "no thread");
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&thread[i], NULL, fork_often, NULL) == 0, "no thread");
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    stop = true;
    pthread_join(watcher, NULL);
    CHECK(limit_now() == soft, "the limit is %lu afterwards", limit_now());
    return 0;
}
