/* A thread waits on a process-shared futex in the heap while another forks: is it found afterwards? The kernel knows
 * such a futex by its page, which the parent writes to after the fork and the child reads. Prints woken or lost. */
#include "witness.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>

static uint32_t *word;
static pid_t waiter;

static long futex(int operation, uint32_t value) { return syscall(SYS_futex, word, operation, value, NULL, NULL, 0); }

static void *wait_on_it(void *unused) {
    (void)unused;
    __atomic_store_n(&waiter, gettid(), __ATOMIC_RELEASE);
    futex(FUTEX_WAIT, 0);
    return NULL;
}

/* Whether that thread sleeps in futex(2). Source: proc_pid_syscall(5). */
static bool sleeps(pid_t thread) {
    char path[64], call[64] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", thread);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(descriptor >= 0 && read(descriptor, call, sizeof call - 1) > 0, "cannot read %s", path);
    close(descriptor);
    char *end;
    return strtol(call, &end, 10) == SYS_futex && end > call;
}

int main(void) {
    word = calloc(1, 4096);
    CHECK(word != NULL, "no word");
    struct placement before = check_in_pool(word);
    *word = 0;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, wait_on_it, NULL) == 0, "no thread");
    while (__atomic_load_n(&waiter, __ATOMIC_ACQUIRE) == 0 || !sleeps(waiter)) sched_yield();
    int written[2];
    CHECK(pipe(written) == 0, "no pipe");
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(word, before, true);
        char byte;
        CHECK(read(written[0], &byte, 1) == 1, "the parent wrote nothing");
        _exit(*word != 0);
    }
    *word = 1;
    CHECK(write(written[1], "", 1) == 1, "the child is gone");
    check_child(child);
    long woken = futex(FUTEX_WAKE, 1);
    CHECK(woken >= 0, "FUTEX_WAKE");
    printf("%s\n", woken == 1 ? "woken" : "lost");
    return 0;
}
