/* lock_in_fork HOW: one thread locks or unlocks memory at a certain moment of another thread's fork, which seccomp(2)
 * stops there. No write of a third thread may get lost, and afterwards exactly what was asked for is locked.
 *
 * HOW: "mlockall", "mlock", "mlock2", "munlock" or "munlockall" is called while mappings of the heap change places;
 * with "raw-" before it, through syscall(2). "reserved": handlers of pthread_atfork(3) lock between the reservation and
 * that moment. "held": mlockall is under way while the kernel forks. "signals": signal handlers interrupt mlockall and
 * fork, and call mlockall. */
#include "witness.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>

enum { PAGE = 4096, FILE_SIZE = 500, FORKS = 30 };

static const char *how;
static bool is_raw;

/* Words in the heap: one on a page of its own, one next to a FILE, on a page that modes 2 and 3 make private
 * separately. */
static volatile unsigned long *in_heap[2];
static unsigned long written;
static struct placement before;

static void write_heap(void) {
    written++;
    for (int i = 0; i < 2; i++) ++*in_heap[i];
}

static bool is_locked(volatile void *address) {
    return msync((void *)((uintptr_t)address & -PAGE), PAGE, MS_ASYNC | MS_INVALIDATE) == -1 && errno == EBUSY;
}

/* Makes a call through its function or by its number. */
#define CALL(name, ...) CHECK((is_raw ? (int)syscall(SYS_##name, ##__VA_ARGS__) : name(__VA_ARGS__)) == 0, #name)

static void change_locks(const char *call) {
    for (int i = 0; i < 2; i++) {
        void *page = (void *)((uintptr_t)in_heap[i] & -PAGE);
        if (strcmp(call, "mlock") == 0) CALL(mlock, page, PAGE);
        if (strcmp(call, "mlock2") == 0) CALL(mlock2, page, PAGE, MLOCK_ONFAULT);
        if (strcmp(call, "munlock") == 0) CALL(munlock, page, PAGE);
    }
    if (strcmp(call, "mlockall") == 0) CALL(mlockall, MCL_CURRENT);
    if (strcmp(call, "munlockall") == 0) CALL(munlockall);
}

static void check_child_and_end(void) {
    check_mode_took_effect((void *)in_heap[0], before, true);
    for (int i = 0; i < 2; i++) *in_heap[i] = 0;
    change_locks("mlockall");
    change_locks("munlockall");
    CHECK(malloc(100000) != NULL, "the child cannot allocate");
    _exit(0);
}

static void fork_once(void) {
    pid_t child = fork();
    if (child == 0) check_child_and_end();
    check_child(child);
}

/* Stops the calling thread before system call `first`, mlock2, and calls `second` to `last`, until it is told to go on.
 * Returns the descriptor on which it asks. */
static int stop_at(unsigned first, unsigned second, unsigned last) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mlock2, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, second, 0, 1),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "prctl");
    int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    CHECK(listener >= 0, "seccomp");
    return listener;
}

static atomic_int forker_listener = -1, locker_listener = -1;
static int start[2], forker_end[2], locker_end[2];

static void *fork_when_started(void *unused) {
    forker_listener = stop_at(SYS_mremap, SYS_clone, SYS_clone);
    fork_once();
    CHECK(write(forker_end[1], "", 1) == 1, "write");
    return unused;
}

static void *lock_when_started(void *unused) {
    char byte;
    /* futex: the thread waits for the library. */
    locker_listener = stop_at(SYS_futex, SYS_mlock, SYS_munlockall);
    CHECK(read(start[0], &byte, 1) == 1, "read");
    change_locks(how);
    CHECK(write(locker_end[1], "", 1) == 1, "write");
    return unused;
}

static struct seccomp_notif next_stop(int listener) {
    struct seccomp_notif stop;
    memset(&stop, 0, sizeof stop);
    CHECK(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &stop) == 0, "no notification");
    return stop;
}

static void go_on(int listener, struct seccomp_notif stop) {
    struct seccomp_notif_resp answer = {.id = stop.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    CHECK(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0, "no answer");
}

/* Where the forking thread must wait for the other one: while mappings change places, or when it is about to fork. */
static bool is_the_moment(struct seccomp_notif stop, bool is_at_fork) {
    return is_at_fork ? stop.data.nr == SYS_clone
                      : stop.data.nr == SYS_mremap && !(stop.data.args[3] & MREMAP_DONTUNMAP);
}

static void run_both(bool is_at_fork) {
    pthread_t forker, locker;
    CHECK(pthread_create(&locker, NULL, lock_when_started, NULL) == 0, "no thread");
    while (locker_listener < 0) sched_yield();
    CHECK(pthread_create(&forker, NULL, fork_when_started, NULL) == 0, "no thread");
    while (forker_listener < 0) sched_yield();

    bool has_started = false, forker_waits = false, locker_waits = false, forker_has_ended = false, locker_has_ended = false;
    struct seccomp_notif forkers, lockers;
    while (!forker_has_ended || !locker_has_ended) {
        struct pollfd polled[] = {{forker_listener, POLLIN, 0}, {locker_listener, POLLIN, 0}, {forker_end[0], POLLIN, 0},
                                  {locker_end[0], POLLIN, 0}};
        if (forker_has_ended) polled[0].fd = polled[2].fd = -1;
        if (locker_has_ended) polled[1].fd = polled[3].fd = -1;
        CHECK(poll(polled, 4, -1) > 0, "poll");
        if (polled[0].revents & POLLIN) {
            forkers = next_stop(forker_listener);
            if (!has_started && is_the_moment(forkers, is_at_fork)) {
                has_started = forker_waits = true;
                CHECK(write(start[1], "", 1) == 1, "write");
            } else {
                go_on(forker_listener, forkers);
            }
        }
        bool locker_is_blocked = false;
        if (polled[1].revents & POLLIN) {
            lockers = next_stop(locker_listener);
            locker_waits = is_at_fork && !forker_has_ended && lockers.data.nr != SYS_futex;
            locker_is_blocked = locker_waits || lockers.data.nr == SYS_futex;
            if (!locker_waits) go_on(locker_listener, lockers);
        }
        if (polled[2].revents & POLLIN) forker_has_ended = true;
        if (polled[3].revents & POLLIN) locker_has_ended = true;
        if (forker_waits && (locker_is_blocked || locker_has_ended)) {
            forker_waits = false;
            write_heap();
            go_on(forker_listener, forkers);
        }
        if (locker_waits && forker_has_ended) {
            locker_waits = false;
            go_on(locker_listener, lockers);
        }
    }
    CHECK(has_started, "the moment never came");
    pthread_join(forker, NULL);
    pthread_join(locker, NULL);
}

static void lock_and_unlock(void) {
    change_locks("mlockall");
    write_heap();
    change_locks("munlockall");
}

static void *do_nothing(void *unused) { return unused; }

static void interrupt(int signal) {
    int code = errno;
    (void)signal;
    change_locks("mlockall");
    change_locks("munlockall");
    errno = code;
}

static void fork_among_signals(void) {
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGALRM, &action, NULL) == 0, "sigaction");
    for (int i = 0; i < FORKS; i++) {
        /* Once a round; with a repeating timer it would never end. */
        struct itimerval soon = {{0, 0}, {0, 1 + i * 60}};
        CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0, "setitimer");
        lock_and_unlock();
        fork_once();
    }
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: lock_in_fork HOW");
    is_raw = strncmp(argv[1], "raw-", 4) == 0;
    how = argv[1] + (is_raw ? 4 : 0);
    char *page;
    CHECK(posix_memalign((void **)&page, PAGE, PAGE) == 0 && fopen("/dev/null", "re") != NULL, "no page, or no FILE");
    memset(page, 0, PAGE);
    in_heap[0] = (unsigned long *)page;
    in_heap[1] = calloc(1, FILE_SIZE);
    before = check_in_pool(page);
    /* Once a process has had a thread, the locks of its FILEs are taken. */
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, do_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0, "no thread");
    CHECK(pipe(start) == 0 && pipe(forker_end) == 0 && pipe(locker_end) == 0, "no pipe");

    bool is_unlocking = strncmp(how, "munlock", 7) == 0, is_held = strcmp(how, "held") == 0;
    if (is_unlocking) change_locks("mlockall");
    if (strcmp(how, "reserved") == 0) {
        CHECK(pthread_atfork(lock_and_unlock, lock_and_unlock, lock_and_unlock) == 0, "no handlers");
        fork_once();
    } else if (strcmp(how, "signals") == 0) {
        fork_among_signals();
    } else {
        if (is_held) how = "mlockall";
        run_both(is_held);
        for (int i = 0; i < 2; i++)
            CHECK(is_locked(in_heap[i]) == !is_unlocking, "the heap is%s locked after %s", is_unlocking ? "" : " not", how);
    }
    check_mode_took_effect(page, before, false);
    for (int i = 0; i < 2; i++)
        CHECK(*in_heap[i] == written, "of %lu writes %lu are lost", written, written - *in_heap[i]);
    return 0;
}
