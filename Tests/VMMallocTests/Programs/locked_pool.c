/* locked_pool FLAGS: mlockall brings into memory what the program has of the pool, not the pool; with MCL_FUTURE what it gets
 * later is locked and there without a page fault, also after a fork.
 *
 * FLAGS: letters, c current, f future, o on fault. */
#include "witness.h"

#include <sys/mman.h>
#include <sys/resource.h>

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

/* A block that the program gets now, in memory or not. */
static void check_new_block(bool wants_locked, bool wants_there, const char *when) {
    volatile char *block = malloc(BLOCK);
    CHECK(block != NULL, "no block %s", when);
    CHECK(is_locked(block + BLOCK / 2) == wants_locked, "a new block is%s locked %s",
          wants_locked ? " not" : "", when);
    long before = faults();
    for (int i = 0; i < BLOCK; i += PAGE) block[i] = 1;
    long taken = faults() - before;
    /* The step in which the pool grew lies below it in part. */
    CHECK(!wants_there || taken < BLOCK / PAGE / 2, "a new block takes %ld page faults %s", taken, when);
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: locked_pool FLAGS");
    int flags = 0;
    for (char *letter = argv[1]; *letter; letter++)
        flags |= *letter == 'c' ? MCL_CURRENT : *letter == 'f' ? MCL_FUTURE : MCL_ONFAULT;
    bool is_current = flags & MCL_CURRENT, is_future = flags & MCL_FUTURE, is_on_fault = flags & MCL_ONFAULT;
    char *block = malloc(BLOCK);
    memset(block, 1, BLOCK);
    struct placement before = check_in_pool(block);
    CHECK(mlockall(flags) == 0, "mlockall");
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
