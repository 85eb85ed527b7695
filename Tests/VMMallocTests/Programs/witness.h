/* What every program here needs to be a witness: checks that say what failed, and where an address lies in the
 * process's memory according to the kernel. */
#ifndef WITNESS_H
#define WITNESS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Says what failed and ends the process, without using the heap, which may be what is broken. */
#define CHECK(condition, ...)                                                                     \
    do {                                                                                          \
        if (!(condition)) {                                                                       \
            dprintf(2, "%s:%d: ", __FILE_NAME__, __LINE__);                                       \
            dprintf(2, __VA_ARGS__);                                                              \
            dprintf(2, " (errno: %s)\n", strerror(errno));                                        \
            _exit(1);                                                                             \
        }                                                                                         \
    } while (0)

/* Thread-local memory lies on a thread's stack. A program whose threads never ask at the same time can say static. */
#ifndef WITNESS_STORAGE
#define WITNESS_STORAGE static __thread
#endif

/* Where an address lies. */
struct placement {
    char sharing; /* 's' or 'p' */
    unsigned long inode;
    char path[512];
};

/* `sharing` is 0 if the list does not have the address. */
static inline struct placement listed_placement(const void *address) {
    struct placement found;
    memset(&found, 0, sizeof found);
    /* stdio would allocate, and the heap may be full. */
    WITNESS_STORAGE char maps[1 << 18];
    int descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    CHECK(descriptor >= 0, "cannot read /proc/self/maps");
    size_t length = 0;
    for (ssize_t got; (got = read(descriptor, maps + length, sizeof maps - 1 - length)) > 0;) length += got;
    close(descriptor);
    maps[length] = 0;
    char *rest = NULL;
    for (char *line = strtok_r(maps, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        unsigned long start, end;
        char flags[5], path[512] = "";
        unsigned long inode;
        if (sscanf(line, "%lx-%lx %4s %*s %*s %lu %511[^\n]", &start, &end, flags, &inode, path) < 4) continue;
        if ((uintptr_t)address < start || (uintptr_t)address >= end) continue;
        found.sharing = flags[3];
        found.inode = inode;
        strcpy(found.path, path);
    }
    return found;
}

static inline struct placement placement_of(const void *address) {
    struct placement found = listed_placement(address);
    /* Since Linux 6.17 the list is read without the lock of the mappings: one that another thread's fold is just moving may be
     * missing from it. */
    for (int retries = 100; found.sharing == 0 && retries > 0; retries--) found = listed_placement(address);
    CHECK(found.sharing != 0, "address %p is not mapped", address);
    return found;
}

/* Checks that the heap lies in an unnamed file in VMMALLOC_POOL_DIR. This fails under a library that does nothing. */
static inline struct placement check_in_pool(const void *address) {
    struct placement found = placement_of(address);
    const char *directory = getenv("VMMALLOC_POOL_DIR");
    CHECK(directory != NULL, "VMMALLOC_POOL_DIR is not set");
    CHECK(strncmp(found.path, directory, strlen(directory)) == 0 && strstr(found.path, " (deleted)") != NULL,
          "%p does not lie in the pool in %s but in '%s'", address, directory, found.path);
    return found;
}

static inline int fork_mode(void) {
    const char *mode = getenv("VMMALLOC_FORK");
    return mode ? atoi(mode) : 1;
}

/* Whether the child copies, in modes 2 and 3. */
static inline bool child_copies(void) {
    const char *copier = getenv("VMMALLOC_FORK_COPIER");
    return copier && strcmp(copier, "child") == 0 && fork_mode() >= 2;
}

/* Whether mode 1 folds too: once its children have ended, another thread's malloc may have made the parent's pool shared again. */
static inline bool mode1_folds(void) {
    const char *fold = getenv("VMMALLOC_FOLD");
    return fold && strcmp(fold, "auto") == 0;
}

/* After a fork: the mode took effect on `address`, a block that was in the pool file `before`. */
static inline void check_mode_took_effect(const void *address, struct placement before, bool in_child) {
    struct placement now = check_in_pool(address);
    const char *who = in_child ? "child" : "parent";
    switch (fork_mode()) {
    case 1:
        CHECK((now.sharing == 'p' || (!in_child && mode1_folds())) && now.inode == before.inode,
              "mode 1: the %s's pool is not private", who);
        break;
    case 2:
    case 3:
        /* If the child copies, its parent's pool is private until it is folded. */
        CHECK(now.sharing == 's' || (!in_child && child_copies()), "mode %d: the %s's pool is not shared",
              fork_mode(), who);
        if (in_child)
            CHECK(now.inode != before.inode, "mode %d: the child is not on a file of its own", fork_mode());
        else
            CHECK(now.inode == before.inode, "mode %d: the parent's file changed", fork_mode());
        break;
    }
}

/* Fills up to `bytes` of the pool's file system with another file, or all of it if it has less. Returns the open,
 * unnamed file. */
static inline int take_space(size_t bytes) {
    char path[4096];
    static char block[1 << 20];
    snprintf(path, sizeof path, "%s/filler", getenv("VMMALLOC_POOL_DIR"));
    int filler = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    CHECK(filler >= 0 && unlink(path) == 0, "no filler");
    /* Twice, since the file system may reserve more for what is written than it needs in the end. */
    for (int round = 0; round < 2; round++) {
        for (size_t length = sizeof block; length > 0 && bytes > 0;) {
            ssize_t written = write(filler, block, length < bytes ? length : bytes);
            if (written < 0) length /= 2;
            else bytes -= (size_t)written;
        }
        fsync(filler);
    }
    return filler;
}

/* Linux 6.7's futex_wait, newer than Debian 12's headers. */
enum { FUTEX_WAIT_NUMBER = 455 };

/* Whether a thread of this process sleeps in a futex system call. Source: proc_pid_syscall(5). */
static inline bool sleeps_in_futex(pid_t thread) {
    char path[64], call[64] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", thread);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(descriptor >= 0 && read(descriptor, call, sizeof call - 1) > 0, "cannot read %s", path);
    close(descriptor);
    char *end;
    long number = strtol(call, &end, 10);
    return end > call && (number == SYS_futex || number == SYS_futex_waitv || number == FUTEX_WAIT_NUMBER);
}

/* Waits for a child and checks that it succeeded. */
static inline void check_child(pid_t child) {
    int status;
    CHECK(child > 0, "fork failed");
    CHECK(waitpid(child, &status, 0) == child, "waitpid failed");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child %d ended with wait status %#x", child, status);
}

#endif
