/* heap_waiter WAY: a thread waits on the heap while another one forks. Is it found afterwards? The kernel identifies a
 * process-shared futex by its page, which after the fork the parent writes and the child reads. Prints woken or lost.
 * WAY goes through libc's syscall(), with a futex that other processes might share, or waits inside libc, which the
 * library does not see. */
#include "witness.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>

/* Linux 6.7's futex_wake, and its flag for a 32-bit word. */
enum { FUTEX_WAKE_NUMBER = 454, FUTEX2_SIZE_U32 = 2 };

struct way {
    const char *name;
    void (*prepare)(void);
    void (*wait)(void);
    void (*wake)(void);
};

/* On pages of its own in the heap. */
static union {
    uint32_t word;
    sem_t semaphore;
    pthread_mutex_t mutex;
    pthread_barrier_t barrier;
    char stack[1 << 20];
} *shared;
static pid_t waiter;
static bool is_through;

static void nothing(void) {}

/* Ways to wait on the word. The waker changes it first. */
static long futex(int operation, long value, void *timeout, uint32_t mask) {
    return syscall(SYS_futex, &shared->word, operation, value, timeout, NULL, mask);
}
static void wait_plainly(void) { futex(FUTEX_WAIT, 0, NULL, 0); }
static void wake_plainly(void) {
    shared->word = 1;
    CHECK(futex(FUTEX_WAKE, 1, NULL, 0) >= 0, "FUTEX_WAKE");
}
static void wait_for_bits(void) {
    struct timespec long_from_now;
    clock_gettime(CLOCK_REALTIME, &long_from_now);
    long_from_now.tv_sec += 3600;
    futex(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &long_from_now, 2);
}
static void wake_bits(void) {
    shared->word = 1;
    CHECK(futex(FUTEX_WAKE_BITSET, 1, NULL, 1) == 0, "woken by other bits");
    CHECK(futex(FUTEX_WAKE_BITSET, 1, NULL, 2) >= 0, "FUTEX_WAKE_BITSET");
}
static void wait_for_several(void) {
    static uint32_t elsewhere;
    struct futex_waitv words[] = {{.uaddr = (uintptr_t)&elsewhere, .flags = FUTEX_32},
                                  {.uaddr = (uintptr_t)&shared->word, .flags = FUTEX_32}};
    syscall(SYS_futex_waitv, words, 2, 0, NULL, 0);
}
static void wait_by_own_call(void) { syscall(FUTEX_WAIT_NUMBER, &shared->word, 0L, 0xffffffffL, FUTEX2_SIZE_U32, NULL, 0); }
static void wake_by_own_call(void) {
    shared->word = 1;
    CHECK(syscall(FUTEX_WAKE_NUMBER, &shared->word, 0xffffffffL, 1, FUTEX2_SIZE_U32) >= 0, "futex_wake");
}
static void wake_by_requeue(void) {
    static uint32_t elsewhere;
    shared->word = 1;
    CHECK(syscall(SYS_futex, &shared->word, FUTEX_CMP_REQUEUE, 0, (void *)1, &elsewhere, 1) >= 0, "FUTEX_CMP_REQUEUE");
    CHECK(syscall(SYS_futex, &elsewhere, FUTEX_WAKE, 1, NULL, NULL, 0) >= 0, "FUTEX_WAKE");
}
static void wake_by_operation(void) {
    static uint32_t elsewhere;
    shared->word = 1;
    int set_to_seven = FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_EQ, 0);
    CHECK(syscall(SYS_futex, &shared->word, FUTEX_WAKE_OP, 1, (void *)1, &elsewhere, set_to_seven) >= 0, "FUTEX_WAKE_OP");
    CHECK(elsewhere == 7, "the operation was not done");
}
static void wake_by_its_operation(void) {
    static uint32_t elsewhere;
    int set_to_one = FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0);
    CHECK(syscall(SYS_futex, &elsewhere, FUTEX_WAKE_OP, 1, (void *)1, &shared->word, set_to_one) >= 0, "FUTEX_WAKE_OP");
    CHECK(shared->word == 1, "the operation was not done");
}

/* The main thread holds this lock. */
static void hold_inheriting(void) { shared->word = gettid(); }
static void wait_inheriting(void) {
    CHECK(syscall(SYS_futex, &shared->word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0, "FUTEX_LOCK_PI");
}
static void wake_inheriting(void) {
    CHECK(syscall(SYS_futex, &shared->word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0, "FUTEX_UNLOCK_PI");
}

/* Ways to wait inside libc. */
static void make_semaphore(void) { sem_init(&shared->semaphore, 1, 0); }
static void wait_for_semaphore(void) { sem_wait(&shared->semaphore); }
static void post_semaphore(void) { sem_post(&shared->semaphore); }
static void hold_robust_mutex(void) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&shared->mutex, &attributes);
    pthread_mutex_lock(&shared->mutex);
}
static void wait_for_mutex(void) { pthread_mutex_lock(&shared->mutex); }
static void unlock_mutex(void) { pthread_mutex_unlock(&shared->mutex); }
static void make_barrier(void) {
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&shared->barrier, &attributes, 2);
}
static void wait_at_barrier(void) { pthread_barrier_wait(&shared->barrier); }

/* pthread_join on a thread whose stack lies in the heap. */
static pthread_t awaited;
static pid_t awaited_number;
static bool may_end;
static void *await_permission(void *unused) {
    (void)unused;
    __atomic_store_n(&awaited_number, gettid(), __ATOMIC_RELEASE);
    while (!__atomic_load_n(&may_end, __ATOMIC_ACQUIRE)) sched_yield();
    return NULL;
}
static void start_on_heap(void) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, shared->stack, sizeof shared->stack);
    CHECK(pthread_create(&awaited, &attributes, await_permission, NULL) == 0, "no thread on a stack in the heap");
    while (__atomic_load_n(&awaited_number, __ATOMIC_ACQUIRE) == 0) sched_yield();
}
static void join(void) { pthread_join(awaited, NULL); }
static void permit_end(void) {
    __atomic_store_n(&may_end, true, __ATOMIC_RELEASE);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d", __atomic_load_n(&awaited_number, __ATOMIC_ACQUIRE));
    while (access(path, F_OK) == 0) sched_yield();
}

static const struct way ways[] = {
    {"plain", nothing, wait_plainly, wake_plainly},
    {"bitset", nothing, wait_for_bits, wake_bits},
    {"waitv", nothing, wait_for_several, wake_plainly},
    {"futex_wait", nothing, wait_by_own_call, wake_by_own_call},
    {"requeue", nothing, wait_plainly, wake_by_requeue},
    {"wake-op", nothing, wait_plainly, wake_by_operation},
    {"wake-op-second", nothing, wait_plainly, wake_by_its_operation},
    {"lock-pi", hold_inheriting, wait_inheriting, wake_inheriting},
    {"semaphore", make_semaphore, wait_for_semaphore, post_semaphore},
    {"robust-mutex", hold_robust_mutex, wait_for_mutex, unlock_mutex},
    {"barrier", make_barrier, wait_at_barrier, wait_at_barrier},
    {"join", start_on_heap, join, permit_end},
};

static void *wait_for_it(void *argument) {
    __atomic_store_n(&waiter, gettid(), __ATOMIC_RELEASE);
    ((const struct way *)argument)->wait();
    __atomic_store_n(&is_through, true, __ATOMIC_RELEASE);
    /* The main thread looks this thread up, so it must not end. */
    while (true) pause();
    return NULL;
}

int main(int count, char **arguments) {
    /* Only ends a hang: nothing here takes long. */
    alarm(60);
    const struct way *way = ways;
    while (count > 1 && strcmp(way->name, arguments[1]) != 0) {
        way++;
        CHECK(way < ways + sizeof ways / sizeof *ways, "no way to wait: %s", arguments[1]);
    }
    CHECK(posix_memalign((void **)&shared, 4096, sizeof *shared) == 0, "no memory");
    memset(shared, 0, sizeof *shared);
    struct placement before = check_in_pool(shared);
    way->prepare();
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, wait_for_it, (void *)way) == 0, "no thread");
    while (__atomic_load_n(&waiter, __ATOMIC_ACQUIRE) == 0 || !sleeps_in_futex(waiter)) sched_yield();
    int written[2];
    CHECK(pipe(written) == 0, "no pipe");
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(shared, before, true);
        char byte;
        CHECK(read(written[0], &byte, 1) == 1, "the parent wrote nothing");
        _exit(shared->word != 0 && way->prepare == nothing);
    }
    way->wake();
    CHECK(write(written[1], "", 1) == 1, "the child is gone");
    check_child(child);
    /* By now the kernel has woken the thread, or never will. A thread that was woken no longer shows as waiting. */
    while (!__atomic_load_n(&is_through, __ATOMIC_ACQUIRE) && !sleeps_in_futex(waiter)) sched_yield();
    printf("%s\n", is_through ? "woken" : "lost");
    return 0;
}
