/* locked_pool FLAGS [LIMIT]: mlockall brings into memory what the program has allocated from the pool, not the whole
 * pool. With MCL_FUTURE, what it allocates later is locked and in memory without a page fault, after a fork too.
 *
 * FLAGS: letters, c current, f future, o on fault. LIMIT: act as for an ordinary user whose RLIMIT_MEMLOCK is that many
 * bytes. A thread plays the kernel's part in that, since few machines let a test raise the limit. */
#include "witness.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>

/* SLACK: metadata, a step of the pool, and what a disk file system reads ahead. */
enum { PAGE = 4096, BLOCK = 16 << 20, SLACK = 48 << 20 };

/* Bytes of the pool file that are in memory. */
static size_t resident_bytes(const void *address) {
    static unsigned char residence[1 << 18];
    struct placement pool = placement_of(address);
    FILE *maps = fopen("/proc/self/maps", "re");
    CHECK(maps != NULL, "no maps");
    char line[1024];
    size_t pages = 0;
    while (fgets(line, sizeof line, maps)) {
        unsigned long start, end, inode;
        char flags[5];
        if (sscanf(line, "%lx-%lx %4s %*s %*s %lu", &start, &end, flags, &inode) != 4) continue;
        if (inode != pool.inode || flags[3] != 's' || (end - start) / PAGE > sizeof residence) continue;
        CHECK(mincore((void *)start, end - start, residence) == 0, "mincore");
        for (size_t i = 0; i < (end - start) / PAGE; i++) pages += residence[i] & 1;
    }
    fclose(maps);
    return pages * PAGE;
}

static bool is_locked(volatile char *address) {
    return msync((void *)((uintptr_t)address & -PAGE), PAGE, MS_ASYNC | MS_INVALIDATE) == -1 && errno == EBUSY;
}

static long faults(void) {
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
    return usage.ru_minflt + usage.ru_majflt;
}

static int flags_of(const char *letters) {
    int flags = 0;
    for (; *letters; letters++) flags |= *letters == 'c' ? MCL_CURRENT : *letters == 'f' ? MCL_FUTURE : MCL_ONFAULT;
    return flags;
}

/* Allocates a block, and checks whether it is locked and in memory. */
static void check_new_block(bool wants_locked, bool wants_there, const char *when) {
    volatile char *block = malloc(BLOCK);
    CHECK(block != NULL, "no block %s", when);
    CHECK(is_locked(block + BLOCK / 2) == wants_locked, "a new block is%s locked %s",
          wants_locked ? " not" : "", when);
    long before = faults();
    for (int i = 0; i < BLOCK; i += PAGE) block[i] = 1;
    long taken = faults() - before;
    /* Part of the step in which the pool grew lies below the block. */
    CHECK(!wants_there || taken < BLOCK / PAGE / 2, "a new block takes %ld page faults %s", taken, when);
}

static size_t bytes_after(const char *label) {
    FILE *status = fopen("/proc/self/status", "re");
    CHECK(status != NULL, "no status");
    char line[256];
    size_t kibibytes = 0;
    while (fgets(line, sizeof line, status))
        if (strncmp(line, label, strlen(label)) == 0) kibibytes = strtoul(line + strlen(label), NULL, 10);
    fclose(status);
    return kibibytes << 10;
}

static rlim_t limit;
static atomic_int listener = -1;

/* Answers as the kernel would: tells the limit, and fails mlockall with ENOMEM if more than that is mapped. */
static void *judge(void *unused) {
    while (listener < 0) sched_yield();
    for (;;) {
        struct seccomp_notif call;
        memset(&call, 0, sizeof call);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;
        struct seccomp_notif_resp answer = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
        const unsigned long long *arguments = call.data.args;
        if (call.data.nr == SYS_prlimit64 && arguments[1] == RLIMIT_MEMLOCK && arguments[3] != 0) {
            struct rlimit both = {limit, limit};
            struct iovec from = {&both, sizeof both}, to = {(void *)arguments[3], sizeof both};
            CHECK(process_vm_writev(call.pid, &from, 1, &to, 1, 0) == sizeof both, "the limit cannot be told");
            answer.flags = 0;
        } else if (call.data.nr == SYS_mlockall && arguments[0] & MCL_CURRENT) {
            char pages[32] = "";
            int statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
            CHECK(statm >= 0 && read(statm, pages, sizeof pages - 1) > 0, "no statm");
            close(statm);
            if (strtoul(pages, NULL, 10) * PAGE > limit) answer = (struct seccomp_notif_resp){.id = call.id, .error = -ENOMEM};
        }
        /* The caller may be a child that has ended. */
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
    return unused;
}

static void obey_limit(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mlockall, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, judge, NULL) == 0, "no thread");
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "prctl");
    listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    CHECK(listener >= 0, "seccomp");
}

int main(int argc, char **argv) {
    CHECK(argc == 2 || argc == 3, "usage: locked_pool FLAGS [LIMIT]");
    int flags = flags_of(argv[1]);
    bool is_current = flags & MCL_CURRENT, is_future = flags & MCL_FUTURE, is_on_fault = flags & MCL_ONFAULT;
    char *block = malloc(BLOCK);
    memset(block, 1, BLOCK);
    struct placement before = check_in_pool(block);
    if (argc > 2) {
        limit = strtoul(argv[2], NULL, 10);
        obey_limit();
    }
    CHECK(mlockall(flags) == 0, "mlockall");
    CHECK(is_locked((char *)flags_of) == is_current && is_locked((char *)strtoul) == is_current
              && is_locked((char *)&flags) == is_current, "text or stack is%s locked", is_current ? " not" : "");
    CHECK(argc < 3 || !is_current || is_on_fault || bytes_after("VmLck:") > bytes_after("VmRSS:") / 2, "little is locked");
    CHECK(argc < 3 || bytes_after("VmLck:") <= limit, "%zu bytes are locked", bytes_after("VmLck:"));
    CHECK(resident_bytes(block) <= BLOCK + SLACK, "%zu MiB of the pool are in memory", resident_bytes(block) >> 20);
    CHECK(is_locked(block) == is_current, "the block is%s locked", is_current ? " not" : "");
    if (is_future) check_new_block(true, !is_on_fault, "before the fork");
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(block, before, true);
        CHECK(!is_locked(block), "the child's block is locked");
        check_new_block(false, false, "in the child");
        _exit(0);
    }
    check_child(child);
    check_mode_took_effect(block, before, false);
    CHECK(is_locked(block) == is_current, "the block is%s locked after the fork", is_current ? " not" : "");
    if (is_future) check_new_block(true, !is_on_fault, "after the fork");
    CHECK(munlockall() == 0, "munlockall");
    CHECK(!is_locked(block), "the block stays locked");
    check_new_block(false, false, "after munlockall");
    return 0;
}
