/* locked_memory HOW [FORKS]: the program locks all of its memory or some of its heap, and then forks while its threads
 * count in the heap and outside it. No count may get lost, and what was locked stays locked, as after a fork without
 * the library.
 *
 * HOW: letters for mlockall's flags (c current, f future, o on fault); "mlock" or "mlock2" to lock the counters alone;
 * "raw-cf" for mlockall through syscall(2); "none"; "racing" for a thread that locks and unlocks all memory all the
 * time; "raw-racing" for one that does so through syscall(2). */
#include "witness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* FILE_SIZE: blocks of this size share pages with what fopen allocates. */
enum { THREADS = 2, PAGES = 64, NEIGHBOURS = 16, COUNTERS = PAGES + NEIGHBOURS, FILE_SIZE = 500 };

/* The last ones lie next to a FILE, on a page that modes 2 and 3 make private separately. */
static volatile unsigned long *in_heap[THREADS][COUNTERS];
static volatile unsigned long outside[THREADS][COUNTERS];
static atomic_ulong rounds[THREADS];
static atomic_bool stop;

static void *count(void *number) {
    int thread = (int)(intptr_t)number;
    while (!stop) {
        for (int i = 0; i < COUNTERS; i++) {
            ++*in_heap[thread][i];
            outside[thread][i]++;
        }
        rounds[thread]++;
    }
    return NULL;
}

static void *lock_and_unlock(void *is_raw) {
    int flags = MCL_CURRENT | MCL_FUTURE;
    while (!stop) {
        CHECK((is_raw ? (int)syscall(SYS_mlockall, flags) : mlockall(flags)) == 0, "mlockall");
        CHECK((is_raw ? (int)syscall(SYS_munlockall) : munlockall()) == 0, "munlockall");
    }
    return NULL;
}

static void let_them_count(void) {
    for (int thread = 0; thread < THREADS; thread++)
        for (unsigned long target = rounds[thread] + 100; rounds[thread] < target;) sched_yield();
}

/* Whether the mapping around `address` is locked, according to the kernel's flags for it. */
static bool is_locked(const volatile void *address) {
    FILE *maps = fopen("/proc/self/smaps", "re");
    CHECK(maps != NULL, "no smaps");
    char line[1024];
    bool is_here = false, is_locked = false;
    while (fgets(line, sizeof line, maps)) {
        unsigned long start, end;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            is_here = (uintptr_t)address >= start && (uintptr_t)address < end;
        if (is_here && strncmp(line, "VmFlags:", 8) == 0) is_locked = strstr(line, " lo") != NULL;
    }
    fclose(maps);
    return is_locked;
}

static int flags_of(const char *letters) {
    int flags = 0;
    for (; *letters; letters++) flags |= *letters == 'c' ? MCL_CURRENT : *letters == 'f' ? MCL_FUTURE : MCL_ONFAULT;
    return flags;
}

int main(int argc, char **argv) {
    CHECK(argc >= 2, "usage: locked_memory HOW [FORKS]");
    bool is_raw = strncmp(argv[1], "raw-", 4) == 0;
    const char *how = argv[1] + (is_raw ? 4 : 0);
    int forks = argc > 2 ? atoi(argv[2]) : 20;
    pthread_t threads[THREADS], locker;
    char *pages[THREADS];
    for (int thread = 0; thread < THREADS; thread++) {
        CHECK(posix_memalign((void **)&pages[thread], 4096, PAGES * 4096) == 0, "no pages");
        memset(pages[thread], 0, PAGES * 4096);
        for (int i = 0; i < PAGES; i++) in_heap[thread][i] = (unsigned long *)(pages[thread] + i * 4096);
        FILE *file = fopen("/dev/null", "re");
        CHECK(file != NULL, "no FILE");
        for (int i = 0; i < NEIGHBOURS; i++) in_heap[thread][PAGES + i] = calloc(1, FILE_SIZE);
    }
    char *payload = calloc(1, 1 << 20);
    struct placement before = check_in_pool(payload);

    bool is_locking = true, is_all_locked = false, is_racing = strcmp(how, "racing") == 0;
    if (strcmp(how, "none") == 0 || is_racing) {
        is_locking = false;
    } else if (strcmp(how, "mlock") == 0) {
        for (int i = 0; i < THREADS; i++) CHECK(mlock(pages[i], PAGES * 4096) == 0, "mlock");
    } else if (strcmp(how, "mlock2") == 0) {
        for (int i = 0; i < THREADS; i++) CHECK(mlock2(pages[i], PAGES * 4096, MLOCK_ONFAULT) == 0, "mlock2");
    } else {
        int flags = flags_of(how);
        CHECK((is_raw ? (int)syscall(SYS_mlockall, flags) : mlockall(flags)) == 0, "mlockall");
        /* MCL_FUTURE does not affect memory that exists already. */
        is_locking = is_all_locked = (flags & MCL_CURRENT) != 0;
    }
    CHECK(is_locked(pages[0]) == is_locking, "the heap is%s locked before the fork", is_locking ? " not" : "");

    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, count, (void *)(intptr_t)i) == 0, "no thread");
    if (is_racing) CHECK(pthread_create(&locker, NULL, lock_and_unlock, is_raw ? &stop : NULL) == 0, "no thread");
    let_them_count();
    for (int i = 0; i < forks; i++) {
        pid_t child = fork();
        if (child == 0) {
            check_mode_took_effect(payload, before, true);
            CHECK(!is_locked(pages[0]), "the child's heap is locked");
            memset(payload, 1, 1 << 20);
            for (int thread = 0; thread < THREADS; thread++)
                for (int k = 0; k < COUNTERS; k++) *in_heap[thread][k] = 0;
            CHECK(malloc(100000) != NULL, "the child cannot allocate");
            _exit(0);
        }
        check_child(child);
        check_mode_took_effect(payload, before, false);
        for (int k = 0; k < 1 << 20; k++) CHECK(payload[k] == 0, "the child's write shows in the parent");
        CHECK(is_racing || is_locked(pages[0]) == is_locking, "the heap is%s locked after the fork",
              is_locking ? " not" : "");
        CHECK(!is_all_locked || is_locked(in_heap[0][PAGES]), "the page of a FILE is not locked after the fork");
        let_them_count();
        /* For the next fork, a FILE perhaps on another page. */
        CHECK(fopen("/dev/null", "re") != NULL, "no FILE");
    }
    stop = true;
    if (is_racing) pthread_join(locker, NULL);
    unsigned long lost = 0;
    for (int thread = 0; thread < THREADS; thread++) {
        pthread_join(threads[thread], NULL);
        for (int i = 0; i < COUNTERS; i++) lost += outside[thread][i] - *in_heap[thread][i];
    }
    CHECK(lost == 0, "%lu counts of the parent's threads are lost", lost);
    return 0;
}
