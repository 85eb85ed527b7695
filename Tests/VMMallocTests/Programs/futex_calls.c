/* syscall() now looks at futexes, but must still do what it always did: pass on every call with all its arguments, set
 * errno, and leave the caller's stack to children. Futexes that another process shares, or that the kernel itself
 * wakes, must still work. */
#include "witness.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

static long futex(uint32_t *word, int operation, long value, void *timeout) {
    return syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

/* Waits until the word changes, as a program does that waits for a thread by its number because it cannot join it. */
static void wait_while_it_is(uint32_t *word, uint32_t value) {
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
        CHECK(futex(word, FUTEX_WAIT, value, NULL) == 0 || errno == EAGAIN || errno == EINTR, "FUTEX_WAIT");
}

static void check_arguments_and_errno(uint32_t *word) {
    int descriptor = memfd_create("sixth", MFD_CLOEXEC);
    CHECK(pwrite(descriptor, "sixth", 6, 8192) == 6, "no file");
    errno = 0;
    char *mapped = (char *)syscall(SYS_mmap, NULL, 4096L, (long)PROT_READ, (long)MAP_PRIVATE, (long)descriptor, 8192L);
    CHECK(mapped != MAP_FAILED && strcmp(mapped, "sixth") == 0, "mmap with six arguments");
    CHECK(syscall(SYS_getppid) == getppid() && errno == 0, "a call that succeeds");
    CHECK(syscall(SYS_close, -1) == -1 && errno == EBADF, "a call that fails");
    CHECK(syscall(100000) == -1 && errno == ENOSYS, "a call that does not exist");
    CHECK(syscall(SYS_clone3, NULL, 0L) == -1 && (errno == EINVAL || errno == ENOSYS || errno == EFAULT), "clone3");
    CHECK(futex(word, FUTEX_WAIT, 1, NULL) == -1 && errno == EAGAIN, "FUTEX_WAIT for another value");
    struct timespec soon = {.tv_nsec = 1};
    CHECK(futex(word, FUTEX_WAIT, 0, &soon) == -1 && errno == ETIMEDOUT, "FUTEX_WAIT with a timeout");
    CHECK(futex((uint32_t *)((char *)word + 1), FUTEX_WAIT, 0, NULL) == -1 && errno == EINVAL, "a word off its place");
    CHECK(futex(word, 99, 0, NULL) == -1 && errno == ENOSYS, "an operation that does not exist");
    CHECK(syscall(SYS_futex_waitv, NULL, 1, 0, NULL, 0) == -1 && errno == EINVAL, "futex_waitv of nothing");
    static uint32_t elsewhere;
    long moved = syscall(SYS_futex, word, FUTEX_CMP_REQUEUE, 1, (void *)1, &elsewhere, 5);
    CHECK(moved == -1 && errno == EAGAIN, "FUTEX_CMP_REQUEUE of another value");
    moved = syscall(SYS_futex, word, FUTEX_CMP_REQUEUE, -1, (void *)1, &elsewhere, 0);
    CHECK(moved == -1 && errno == EINVAL, "FUTEX_CMP_REQUEUE of less than none");
}

/* Wakes a child process that waits on a shared word. */
static void check_shared_memory(void) {
    uint32_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED, "mmap");
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        __atomic_store_n(shared + 1, 1, __ATOMIC_RELEASE);
        wait_while_it_is(shared, 0);
        _exit(0);
    }
    long woken = 0;
    while (__atomic_load_n(shared + 1, __ATOMIC_ACQUIRE) == 0) sched_yield();
    /* Retries until the child sleeps. */
    while ((woken = futex(shared, FUTEX_WAKE, 1, NULL)) == 0) sched_yield();
    CHECK(woken == 1, "FUTEX_WAKE");
    __atomic_store_n(shared, 1, __ATOMIC_RELEASE);
    futex(shared, FUTEX_WAKE, 1, NULL);
    check_child(child);
}

static uint32_t *woken_by_child;
static int end_at_once(void *unused) {
    (void)unused;
    return 0;
}

/* Flags of clone(2) for a thread, and for a child process in the same memory. */
static const int thread_flags = CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
static const int process_flags = SIGCHLD;

/* The kernel sets this word to 0 when the thread or process ends, and wakes its waiters as for a shared futex. */
static void check_word_of_kernel(uint32_t *word, int flags) {
    char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int round = 0; round < 100; round++) {
        *word = 1;
        int all_flags = flags | CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
        int made = clone(end_at_once, stack + 65536, all_flags, NULL, word, NULL, word);
        CHECK(made > 0, "clone");
        for (uint32_t value; (value = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != 0;) wait_while_it_is(word, value);
        if (flags == process_flags) check_child(made);
    }
}

static void *wait_for_word(void *word) {
    wait_while_it_is(word, 0);
    return NULL;
}

/* Every waiter is woken, even where some waits stay shared. */
static void check_everybody_is_woken(uint32_t *word) {
    enum { WAITERS = 8 };
    pthread_t threads[WAITERS];
    *word = 0;
    for (int i = 0; i < WAITERS; i++) CHECK(pthread_create(threads + i, NULL, wait_for_word, word) == 0, "no thread");
    long woken = 0;
    while (woken < WAITERS) {
        /* The word has not changed, so they wait again. */
        long now = futex(word, FUTEX_WAKE, WAITERS - woken, NULL);
        CHECK(now >= 0 && now <= WAITERS - woken, "FUTEX_WAKE woke %ld", now);
        woken += now;
    }
    __atomic_store_n(word, 1, __ATOMIC_RELEASE);
    futex(word, FUTEX_WAKE, INT32_MAX, NULL);
    for (int i = 0; i < WAITERS; i++) pthread_join(threads[i], NULL);
}

static void wake_it(int signal) {
    (void)signal;
    __atomic_store_n(woken_by_child, 1, __ATOMIC_RELEASE);
    futex(woken_by_child, FUTEX_WAKE, 1, NULL);
}

/* Wakes a waiter from a vfork child, which shares the memory, and from a signal handler. */
static void check_vfork_and_handler(uint32_t *word) {
    woken_by_child = word;
    *word = 0;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, wait_for_word, word) == 0, "no thread");
    pid_t child = vfork();
    if (child == 0) {
        __atomic_store_n(word, 1, __ATOMIC_RELEASE);
        syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
        _exit(0);
    }
    check_child(child);
    pthread_join(thread, NULL);
    *word = 0;
    CHECK(pthread_create(&thread, NULL, wait_for_word, word) == 0, "no thread");
    signal(SIGUSR1, wake_it);
    raise(SIGUSR1);
    pthread_join(thread, NULL);
}

static _Noreturn void leave(void) { _exit(42); }

/* A child returns from syscall() on its own stack, which holds nothing but the return address. */
static void check_childs_stack(void) {
    static _Alignas(16) void *stack[4096];
    stack[4090] = (void *)leave;
    pid_t child = (pid_t)syscall(SYS_clone, (long)SIGCHLD, stack + 4090, NULL, NULL, NULL);
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child, "clone");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42, "the child ended with wait status %#x", status);
}

int main(void) {
    /* Only ends a hang: nothing here takes long. */
    alarm(60);
    uint32_t *word = calloc(1, 4096);
    check_in_pool(word);
    check_arguments_and_errno(word);
    check_shared_memory();
    check_vfork_and_handler(word);
    check_everybody_is_woken(word);
    check_word_of_kernel(word, thread_flags);
    check_word_of_kernel(word, process_flags);
    check_everybody_is_woken(word);
    check_vfork_and_handler(word);
    check_shared_memory();
    check_childs_stack();
    printf("done\n");
    return 0;
}
