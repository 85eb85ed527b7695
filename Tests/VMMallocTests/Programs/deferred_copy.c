/* deferred_copy CASE: forks whose child copies (VMMALLOC_FORK_COPIER=child), and what may happen during the copy:
 *   report   what both processes' reports, maps and heaps say
 *   second   the parent forks again while the first child copies
 *   killed   somebody kills the child while it copies; the parent and later children go on
 *   orphan   the parent ends while its child copies
 *   exec     the child executes another program
 *   private  the copy fails: the child stays private and intact, and so do its own children
 *   refused  from then on the kernel refuses a system call (CALL ERRNO): parent and child stay intact
 * SIGSTOP, which no process can block, stops the child as soon as it exists. */
#include "filter.h"
#include "witness.h"

#include "libvmmalloc.h"
#include <dlfcn.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>

enum { SIZE = 16 << 20 };

static unsigned char *payload;
static struct placement before;
static int (*fork_report)(struct vmmalloc_fork_report *);

static void check_payload(unsigned char value, const char *who) {
    for (size_t i = 0; i < SIZE; i += 257) CHECK(payload[i] == value, "%s: byte %zu is %d, not %d", who, i, payload[i], value);
}

static void check_parent_is_frozen(void) {
    struct placement now = placement_of(payload);
    CHECK(now.sharing == 'p' && now.inode == before.inode, "the parent is not frozen: %c", now.sharing);
}

/* How another process maps the payload, according to its maps in /proc. */
static char sharing_in(pid_t process) {
    char path[64], line[512], sharing = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", process);
    int maps = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(maps >= 0, "no %s", path);
    static char text[1 << 18];
    size_t length = 0;
    for (ssize_t got; (got = read(maps, text + length, sizeof text - 1 - length)) > 0;) length += got;
    close(maps);
    text[length] = 0;
    for (char *rest = text; sscanf(rest, "%511[^\n]", line) == 1;) {
        unsigned long start, end;
        char flags[5];
        if (sscanf(line, "%lx-%lx %4s", &start, &end, flags) == 3 && (uintptr_t)payload >= start &&
            (uintptr_t)payload < end)
            sharing = flags[3];
        rest = strchr(rest, '\n');
        if (!rest) break;
        rest++;
    }
    return sharing;
}

/* Forks a child that runs `then`, and stops it while it copies. */
static pid_t child_in_its_copy(void (*then)(void)) {
    for (int attempt = 0; attempt < 100; attempt++) {
        pid_t child = fork();
        if (child == 0) {
            then();
            _exit(0);
        }
        CHECK(child > 0, "fork");
        check_parent_is_frozen();
        int status;
        CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child, "no child to stop");
        if (WIFSTOPPED(status) && sharing_in(child) == 'p') return child;
        /* The child was faster: fork has returned in it. */
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    CHECK(false, "no child is ever found in its copy");
    return -1;
}

static void resume_and_check(pid_t child) {
    CHECK(kill(child, SIGCONT) == 0, "SIGCONT");
    check_child(child);
}

static void expect_one(void) {
    check_mode_took_effect(payload, before, true);
    check_payload(1, "first child");
    memset(payload, 100, SIZE);
    free(malloc(100000));
}

static void fork_with(unsigned char value) {
    memset(payload, value, SIZE);
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(payload, before, true);
        check_payload(value, "later child");
        memset(payload, 101, SIZE);
        /* A grandchild, forked from the child's own pool. */
        struct placement mine = placement_of(payload);
        pid_t grandchild = fork();
        if (grandchild == 0) {
            check_mode_took_effect(payload, mine, true);
            check_payload(101, "grandchild");
            memset(payload, 102, SIZE);
            _exit(0);
        }
        memset(payload, 103, SIZE);
        check_child(grandchild);
        check_payload(103, "child");
        _exit(0);
    }
    check_parent_is_frozen();
    check_child(child);
    check_payload(value, "parent");
}

static void check_report(void) {
    for (int i = 0; i < 3; i++) {
        memset(payload, i, SIZE);
        struct vmmalloc_fork_report report = {.version = VMMALLOC_FORK_REPORT_VERSION};
        pid_t child = fork();
        bool in_child = child == 0;
        CHECK(fork_report(&report) == 0 && report.copier == VMMALLOC_FORK_COPIER_CHILD, "copier %u", report.copier);
        CHECK(report.error == 0, "error %d", report.error);
        if (in_child) {
            check_mode_took_effect(payload, before, true);
            check_payload(i, "child");
            CHECK(report.action >= VMMALLOC_FORK_ACTION_REFLINK && report.action <= VMMALLOC_FORK_ACTION_MEMORY,
                  "the child's report says %u", report.action);
            CHECK(report.bytes_copied + report.bytes_shared >= SIZE && report.copy_ns > 0, "nothing copied");
            _exit(0);
        }
        check_parent_is_frozen();
        CHECK(report.action == VMMALLOC_FORK_ACTION_DEFERRED && report.bytes_copied == 0 && report.copy_ns == 0,
              "the parent's report says %u", report.action);
        check_child(child);
        /* A caller that knows only version 1 of the layout gets no more than that. */
        struct vmmalloc_fork_report old;
        memset(&old, 0xEE, sizeof old);
        old.version = 1;
        CHECK(fork_report(&old) == 0 && old.version == 1 && old.forks == (uint64_t)i + 1, "version 1");
        CHECK(old.copier == 0xEEEEEEEE, "more than version 1 was written");
    }
}

static void stay_private(int depth) {
    struct vmmalloc_fork_report report = {.version = VMMALLOC_FORK_REPORT_VERSION};
    unsigned char value = payload[0];
    pid_t child = fork();
    if (child == 0) {
        struct placement now = placement_of(payload);
        CHECK(now.sharing == 'p' && now.inode == before.inode, "the child is not private");
        CHECK(fork_report(&report) == 0 && report.action == VMMALLOC_FORK_ACTION_REMAP && report.error == ENOSPC,
              "the report says action %u, error %d", report.action, report.error);
        check_payload(value, "private child");
        memset(payload, value + 1, SIZE);
        for (int i = 0; i < 50; i++) free(malloc(100000));
        check_payload(value + 1, "private child");
        if (depth > 0) stay_private(depth - 1);
        /* A daemon closes all descriptors that it has inherited, and still stays private. */
        closefrom(3);
        CHECK(write(1, "private\n", 8) == 8, "write");
        _exit(0);
    }
    CHECK(child > 0, "a fork without space was refused");
    check_parent_is_frozen();
    memset(payload, value + 10, SIZE);
    check_child(child);
    check_payload(value + 10, "parent");
}

static void refuse(const char *call, int error) {
    static const struct {
        const char *name;
        long number;
    } calls[] = {{"copy_file_range", SYS_copy_file_range}, {"pwrite64", SYS_pwrite64}, {"openat", SYS_openat},
                 {"mmap", SYS_mmap}, {"ioctl", SYS_ioctl}, {"memfd_create", SYS_memfd_create}, {"mremap", SYS_mremap},
                 {"ftruncate", SYS_ftruncate}, {"fallocate", SYS_fallocate},
                 {"msync", SYS_msync}, {"fcntl", SYS_fcntl}};
    long number = -1;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, call) == 0) number = calls[i].number;
    CHECK(number >= 0, "which call is %s?", call);
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    install_filter(rules, sizeof rules / sizeof *rules);
}

/* Shows how two forks end without the call. */
static void fork_refusing(const char *call, int error) {
    int outcome[2];
    CHECK(pipe(outcome) == 0, "pipe");
    refuse(call, error);
    for (int i = 0; i < 2; i++) {
        memset(payload, i, SIZE);
        pid_t child = fork();
        if (child == 0) {
            struct vmmalloc_fork_report report = {.version = VMMALLOC_FORK_REPORT_VERSION};
            CHECK(fork_report(&report) == 0, "no report");
            dprintf(1, "%s", report.action == VMMALLOC_FORK_ACTION_REMAP ? "private" : "copied");
            dprintf(1, report.error ? " (%s)\n" : "\n", strerror(report.error));
            check_payload(i, "child");
            memset(payload, 77, SIZE);
            free(malloc(100000));
            CHECK(write(outcome[1], payload, 1) == 1, "write");
            check_payload(77, "child");
            _exit(0);
        }
        if (child == -1) {
            dprintf(1, "refused (%s)\n", strerror(errno));
        } else {
            char byte;
            memset(payload, i + 10, SIZE);
            CHECK(read(outcome[0], &byte, 1) == 1, "the child is gone");
            memset(payload, i, SIZE);
            check_child(child);
        }
        check_payload(i, "parent");
        free(malloc(200000));
    }
}

int main(int argc, char **argv) {
    CHECK(argc >= 2, "usage: deferred_copy report|second|killed|orphan|exec|private|refused ...");
    const char *what = argv[1];
    fork_report = (int (*)(struct vmmalloc_fork_report *))dlsym(RTLD_DEFAULT, "vmmalloc_fork_report");
    payload = malloc(SIZE);
    CHECK(payload != NULL, "no payload");
    memset(payload, 1, SIZE);
    before = check_in_pool(payload);
    CHECK(before.sharing == 's' && child_copies() && fork_report, "not a pool whose child copies");
    if (strcmp(what, "report") == 0) {
        check_report();
    } else if (strcmp(what, "second") == 0) {
        pid_t first = child_in_its_copy(expect_one);
        for (int i = 2; i < 6; i++) fork_with(i);
        resume_and_check(first);
        check_payload(5, "parent");
    } else if (strcmp(what, "killed") == 0) {
        for (int i = 0; i < 3; i++) {
            memset(payload, 1, SIZE);
            pid_t child = child_in_its_copy(expect_one);
            memset(payload, 9, SIZE);
            CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child, "kill");
            check_payload(9, "parent");
            fork_with(7);
        }
    } else if (strcmp(what, "orphan") == 0) {
        CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, "prctl");
        int numbers[2];
        pid_t child;
        CHECK(pipe(numbers) == 0, "pipe");
        pid_t parent = fork();
        if (parent == 0) {
            /* This process has its own pool, which its own fork freezes. */
            before = check_in_pool(payload);
            child = child_in_its_copy(expect_one);
            memset(payload, 50, SIZE);
            CHECK(write(numbers[1], &child, sizeof child) == sizeof child, "write");
            _exit(0);
        }
        CHECK(read(numbers[0], &child, sizeof child) == sizeof child, "read");
        check_child(parent);
        resume_and_check(child);
        check_payload(1, "grandparent");
    } else if (strcmp(what, "exec") == 0) {
        for (int i = 0; i < 3; i++) {
            memset(payload, i, SIZE);
            pid_t child = fork();
            if (child == 0) {
                execl("/bin/true", "true", (char *)NULL);
                _exit(127);
            }
            check_parent_is_frozen();
            check_child(child);
            check_payload(i, "parent");
        }
    } else if (strcmp(what, "refused") == 0) {
        fork_refusing(argv[2], atoi(argv[3]));
    } else {
        take_space(argc > 2 ? strtoul(argv[2], NULL, 10) << 20 : 0);
        stay_private(2);
    }
    return 0;
}
