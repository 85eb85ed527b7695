/* fork_report_race FORKS: one thread's forks work and are refused in turn, while another thread keeps asking for the
 * report of the last fork. Each report must be complete and describe a single fork. */
#include "witness.h"

#include "libvmmalloc.h"
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

static int (*fork_report)(struct vmmalloc_fork_report *);
static _Atomic bool done;

static void *ask(void *unused) {
    uint64_t last = 0;
    while (!done) {
        struct vmmalloc_fork_report report = {.version = VMMALLOC_FORK_REPORT_VERSION};
        CHECK(fork_report(&report) == 0, "no report any more");
        CHECK(report.forks >= last, "fork %lu after fork %lu", report.forks, last);
        last = report.forks;
        bool refused = report.action == VMMALLOC_FORK_ACTION_REFUSED;
        CHECK(refused == (report.error != 0) && refused == (report.bytes_copied + report.bytes_shared == 0),
              "fork %lu: action %u, error %d, %lu bytes copied", report.forks, report.action, report.error,
              report.bytes_copied);
    }
    return unused;
}

/* A copy is refused if no file may grow as large as the pool. */
static void may_copy(bool may) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = may ? limit.rlim_max : 4096;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "how many forks?");
    int forks = atoi(argv[1]);
    char *block = calloc(1, 1000);
    struct placement before = check_in_pool(block);
    fork_report = (int (*)(struct vmmalloc_fork_report *))dlsym(RTLD_DEFAULT, "vmmalloc_fork_report");
    CHECK(fork_report != NULL, "no vmmalloc_fork_report");
    pthread_t thread;
    for (int fork_number = 0; fork_number < forks; fork_number++) {
        bool refuse = fork_number % 2 == 1;
        may_copy(!refuse);
        pid_t child = fork();
        if (child == 0) {
            check_mode_took_effect(block, before, true);
            _exit(0);
        }
        CHECK((child == -1) == refuse, "fork %d returned %d", fork_number, child);
        if (!refuse) check_child(child);
        if (fork_number == 0) pthread_create(&thread, NULL, ask, NULL);
    }
    done = true;
    pthread_join(thread, NULL);
    return 0;
}
