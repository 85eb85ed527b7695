/* fold CASE: after a fork, the private part of the heap returns to the pool file, and nothing is lost:
 *   back [FORKS]   rounds of a fork, writes, growth, frees and a fold, checked against a shadow of the heap
 *   slow-path      little by little in malloc and free, unasked, beside a signal handler that writes to the heap
 *   half-way       a fork while one part is folded and another is not
 *   children       no fold while a child needs the file: a child in its copy, killed in it, private without a file
 *                  of its own, after exec
 *   conditions     no fold beside other threads, locked memory, O_DIRECT, io_uring or aio
 *   threads        beside threads that write, with userfaultfd(2) refused: free memory returns, memory in use waits
 *   sparse         beside threads, with VMMALLOC_POOL_RESERVE=none: memory that was never written takes no space
 *   full-threads   like threads, on a file system without room: malloc fails, and there is no SIGBUS
 *   remap [FORKS]  in mode 1, once the last process that shares the file is gone: a child, a grandchild, one that
 *                  is killed, one after exec
 *   off            no fold at all, if VMMALLOC_FOLD says so
 *   full ERRNO     on a file system without room: a fold fails with ERRNO, and pages stay private, without a SIGBUS
 *                  or a lost byte; with room they return. ERRNO is 0 if the file has all its blocks
 */
#include "filter.h"
#include "witness.h"

#include "libvmmalloc.h"
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/time.h>

enum { BLOCKS = 400, PAGE = 4096 };

static int (*fold)(void);
static unsigned char *block[BLOCKS];
static size_t size[BLOCKS];
/* The shadow: the seed that each block was filled with. It lies in anonymous memory, which the kernel copies on
 * write. */
static uint32_t *seed;
static uint64_t state = 88172645463325252u;
static struct placement before;

static uint64_t number(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static unsigned char byte_of(uint32_t seed, size_t index) { return (unsigned char)((seed * 2654435761u + index * 40503u) >> 8); }

static void fill(int i) {
    seed[i] = (uint32_t)number();
    for (size_t k = 0; k < size[i]; k++) block[i][k] = byte_of(seed[i], k);
}

static void make(int i, size_t most) {
    size[i] = 1 + number() % most;
    block[i] = malloc(size[i]);
    CHECK(block[i] != NULL, "no block");
    fill(i);
}

static void check(const char *who) {
    for (int i = 0; i < BLOCKS; i++)
        for (size_t k = 0; block[i] && k < size[i]; k++)
            CHECK(block[i][k] == byte_of(seed[i], k), "%s: block %d of %zu, byte %zu is %d, not %d", who, i, size[i], k,
                  block[i][k], byte_of(seed[i], k));
}

static long anonymous(void) {
    static char text[8192];
    int descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = read(descriptor, text, sizeof text - 1);
    CHECK(length > 0, "no status");
    close(descriptor);
    text[length] = 0;
    long kib = -1;
    char *line = strstr(text, "RssAnon:");
    CHECK(line && sscanf(line, "RssAnon: %ld", &kib) == 1, "no RssAnon");
    return kib;
}

static void check_sharing(char wanted, const char *when) {
    struct placement now = placement_of(block[0]);
    CHECK(now.sharing == wanted && now.inode == before.inode, "%s the heap is %c", when, now.sharing);
}

static struct vmmalloc_fork_report report_of_this_process(void) {
    static int (*fork_report)(struct vmmalloc_fork_report *);
    if (!fork_report) fork_report = dlsym(RTLD_DEFAULT, "vmmalloc_fork_report");
    struct vmmalloc_fork_report report = {.version = VMMALLOC_FORK_REPORT_VERSION};
    CHECK(fork_report && fork_report(&report) == 0, "no report");
    return report;
}

/* Each freeze ends in one complete fold. */
static void check_folds(uint64_t folds, uint64_t more_than) {
    struct vmmalloc_fork_report report = report_of_this_process();
    CHECK(report.folds == folds && report.fold_bytes > more_than, "%llu folds of %llu bytes",
          (unsigned long long)report.folds, (unsigned long long)report.fold_bytes);
    CHECK(report.fold_longest_ns > 0 && report.fold_longest_ns <= report.fold_ns, "the longest run took %llu ns of %llu",
          (unsigned long long)report.fold_longest_ns, (unsigned long long)report.fold_ns);
}

/* Forks a child. When this returns, the child has made its copy and checked it. */
static pid_t child_with_copy(void) {
    int done[2];
    CHECK(pipe(done) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        check_mode_took_effect(block[0], before, true);
        check("child");
        struct vmmalloc_fork_report report = report_of_this_process();
        CHECK(report.folds == 0 && report.fold_bytes == 0, "a child has %llu folds", (unsigned long long)report.folds);
        CHECK(write(done[1], "x", 1) == 1, "write");
        pause();
    }
    check_sharing('p', "after the fork");
    char byte;
    close(done[1]);
    CHECK(child > 0 && read(done[0], &byte, 1) == 1, "the child is gone");
    close(done[0]);
    return child;
}

/* A child that has executed another program, and so needs nothing of the heap. */
static pid_t child_that_executes(void) {
    int ready[2];
    char byte;
    CHECK(pipe(ready) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ready[1], 1);
        execl("/bin/sh", "sh", "-c", "echo ready; read forever", (char *)NULL);
        _exit(127);
    }
    close(ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1, "nothing was executed");
    close(ready[0]);
    return child;
}

static void end(pid_t child) { CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child, "no child to end"); }

static void expect_fold(int error) {
    int result = fold();
    CHECK(error ? result == -1 && errno == error : result == 0, "fold: %d, not %s", result, strerror(error));
}

static void rewrite_some(void) {
    for (int i = 0; i < BLOCKS; i++)
        if (block[i] && number() % 3 == 0) fill(i);
}

static void come_back(int forks) {
    for (int round = 0; round < forks; round++) {
        pid_t child = child_with_copy();
        long private = anonymous();
        rewrite_some();
        check_sharing('p', "before the fold");
        uint64_t folded = report_of_this_process().fold_bytes;
        CHECK(anonymous() > private + 512, "nothing became private: %ld KiB, then %ld", private, anonymous());
        for (int i = 0; i < BLOCKS; i++) {
            if (number() % 4 == 0) {
                free(block[i]);
                block[i] = NULL;
            }
        }
        for (int i = 0; i < BLOCKS; i++)
            if (!block[i]) make(i, round % 2 ? 200000 : 20000);
        size_t length = number() % (1 << 20);
        unsigned char *zeroes = calloc(1, length + 1);
        for (size_t i = 0; i <= length; i++) CHECK(zeroes[i] == 0, "calloc: byte %zu is %d", i, zeroes[i]);
        check("parent before the fold");
        if (number() % 2) free(zeroes), zeroes = NULL;
        long full = anonymous();
        /* The child has its own file and is still alive. */
        expect_fold(0);
        check_sharing('s', "after the fold");
        CHECK(anonymous() <= full && anonymous() <= private + 512, "the fold left %ld of %ld KiB; before %ld", anonymous(),
              full, private);
        check("parent after the fold");
        check_folds((uint64_t)round + 1, folded + (512 << 10));
        free(zeroes);
        zeroes = calloc(1, 3 << 20);
        for (size_t i = 0; i < 3 << 20; i++) CHECK(zeroes[i] == 0, "calloc after the fold: byte %zu is %d", i, zeroes[i]);
        free(zeroes);
        rewrite_some();
        expect_fold(0);
        end(child);
    }
}

/* With jemalloc's ten seconds of decay switched off (MALLOC_CONF), a large block is an extent. */
static void use_slow_path(void) {
    void *volatile large = malloc(9 << 20);
    CHECK(large != NULL, "no memory");
    free(large);
}

static volatile uint64_t *counts, counted;

static void count(int signal) {
    (void)signal;
    counted++;
    for (int i = 0; i < 64; i++) counts[i * (PAGE / 8)]++;
}

static void fold_in_slow_path(void) {
    counts = calloc(64, PAGE);
    CHECK(counts != NULL, "no memory");
    struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGALRM, &action, NULL) == 0, "sigaction");
    for (int round = 0; round < 20; round++) {
        pid_t child = child_with_copy();
        rewrite_some();
        end(child);
        CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0, "setitimer");
        while (placement_of(block[0]).sharing != 's' || placement_of((void *)counts).sharing != 's') use_slow_path();
        CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0, "setitimer");
        check("parent");
        for (int i = 0; i < 64; i++)
            CHECK(counts[i * (PAGE / 8)] == counted, "page %d has %lu of %lu", i, counts[i * (PAGE / 8)], counted);
    }
}

static void fork_half_way(void) {
    int seen = 0;
    /* Enough for many slices. */
    static unsigned char *large[24];
    for (int i = 0; i < 24; i++) CHECK((large[i] = malloc(2 << 20)) != NULL, "no memory");
    for (int round = 0; round < 200 && seen < 5; round++) {
        memset(large[0], round, 2 << 20);
        pid_t child = child_with_copy();
        for (int i = 0; i < 24; i++) memset(large[i], round + i, 2 << 20);
        rewrite_some();
        end(child);
        int shared, private;
        do {
            use_slow_path();
            shared = private = 0;
            for (int i = 0; i < 24; i++) *(placement_of(large[i] + PAGE).sharing == 's' ? &shared : &private) += 1;
        } while (!shared);
        if (!private) continue;
        seen++;
        child = fork();
        if (child == 0) {
            check_mode_took_effect(block[0], before, true);
            check("child of a heap half folded");
            for (int i = 0; i < 24; i++)
                for (int k = 0; k < 2 << 20; k += 1021) CHECK(large[i][k] == (unsigned char)(round + i), "large %d", i);
            memset(large[3], 99, 2 << 20);
            _exit(0);
        }
        check_sharing('p', "after a fork half-way");
        for (int i = 0; i < 24; i += 2) memset(large[i], 200, 2 << 20);
        rewrite_some();
        check_child(child);
        expect_fold(0);
        check_sharing('s', "after the fold");
        check("parent");
        for (int i = 0; i < 24; i++)
            for (int k = 0; k < 2 << 20; k += 1021)
                CHECK(large[i][k] == (i % 2 ? (unsigned char)(round + i) : 200), "large %d is %d", i, large[i][k]);
    }
    CHECK(seen > 0, "no fold was ever half-way");
}

static void keep_children(void) {
    /* A child with its own file. */
    pid_t child = child_with_copy();
    rewrite_some();
    expect_fold(0);
    end(child);
    /* A child in its copy, killed there. */
    for (int attempt = 0;; attempt++) {
        CHECK(attempt < 100, "no child is ever found in its copy");
        child = fork();
        if (child == 0) _exit(0);
        CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, NULL, WUNTRACED) == child, "no child to stop");
        rewrite_some();
        if (fold() == -1) break;
        /* The child was faster. */
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    CHECK(errno == EBUSY, "not while it copies");
    check_sharing('p', "beside a child in its copy");
    end(child);
    expect_fold(0);
    check("parent of a killed child");
    /* A child that may have no file stays private. It is a daemon, which closes all its descriptors. */
    struct rlimit limit, none;
    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0, "getrlimit");
    none = limit;
    none.rlim_cur = 0;
    int up[2], down[2];
    CHECK(pipe(up) == 0 && pipe(down) == 0 && setrlimit(RLIMIT_FSIZE, &none) == 0, "setrlimit");
    child = fork();
    CHECK(child >= 0, "a fork without a file was refused");
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
    if (child == 0) {
        struct placement now = placement_of(block[0]);
        CHECK(now.sharing == 'p' && now.inode == before.inode, "the child is not private");
        CHECK(report_of_this_process().folds == 0, "a private child counts its parent's folds");
        CHECK(dup2(up[1], 1) == 1 && dup2(down[0], 0) == 0, "dup2");
        closefrom(3);
        char byte;
        CHECK(write(1, "x", 1) == 1 && read(0, &byte, 1) == 1, "the parent is gone");
        check("private child");
        _exit(0);
    }
    char byte;
    close(up[1]);
    CHECK(read(up[0], &byte, 1) == 1, "the child is gone");
    /* What the parent writes now must not reach the file. */
    uint32_t old[BLOCKS];
    memcpy(old, seed, sizeof old);
    rewrite_some();
    expect_fold(EBUSY);
    check("parent of a private child");
    CHECK(write(down[1], "x", 1) == 1, "write");
    check_child(child);
    expect_fold(0);
    check("parent");
    child = child_that_executes();
    rewrite_some();
    expect_fold(0);
    end(child);
    check("parent");
}

static sem_t go;

static void *wait_for_end(void *unused) {
    sem_wait(&go);
    return unused;
}

/* Refuses userfaultfd(2) as to a user without privileges, whatever privileges this one has. Source:
 * ioctl_userfaultfd(2). */
static void refuse_userfaultfd(void) {
    enum { USERFAULTFD_IOC_NEW_NUMBER = 0xAA00 };
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_userfaultfd, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, USERFAULTFD_IOC_NEW_NUMBER, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    install_filter(rules, sizeof rules / sizeof *rules);
}

/* Forks under the obstacle, since without it malloc may fold. */
static void expect_obstacle(void) {
    pid_t child = child_with_copy();
    rewrite_some();
    end(child);
    expect_fold(EAGAIN);
    check_sharing('p', "under an obstacle");
}

static void meet_conditions(void) {
    pthread_t thread;
    refuse_userfaultfd();
    sem_init(&go, 0, 0);
    CHECK(pthread_create(&thread, NULL, wait_for_end, NULL) == 0, "no thread");
    expect_obstacle();
    sem_post(&go);
    pthread_join(thread, NULL);
    CHECK(mlock(block[0], 1) == 0, "mlock");
    expect_obstacle();
    CHECK(munlock(block[0], 1) == 0, "munlock");
    char path[4096];
    snprintf(path, sizeof path, "%s/direct", getenv("VMMALLOC_POOL_DIR"));
    int direct = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_DIRECT, 0600);
    unlink(path);
    /* Some file systems do not support it. */
    if (direct >= 0) {
        expect_obstacle();
        close(direct);
        dprintf(1, "direct ");
    }
    char parameters[120] = {0};
    int ring = syscall(SYS_io_uring_setup, 4, parameters);
    if (ring >= 0) {
        expect_obstacle();
        close(ring);
        dprintf(1, "io_uring ");
    }
    unsigned long context = 0;
    if (syscall(SYS_io_setup, 1, &context) == 0) {
        expect_obstacle();
        CHECK(syscall(SYS_io_destroy, context) == 0, "io_destroy");
        dprintf(1, "aio ");
    }
    /* Other processes on the machine may have contexts too. */
    while (fold() != 0) CHECK(errno == EAGAIN && waitpid(-1, NULL, WNOHANG) == -1, "fold");
    check_sharing('s', "after the fold");
    check("parent");
    dprintf(1, "folded\n");
}

static void fill_up(int error) {
    pid_t child = child_with_copy();
    /* New memory, for which the file has no blocks. */
    unsigned char *more = malloc(6 << 20);
    CHECK(more != NULL, "no memory");
    int filler = take_space(SIZE_MAX);
    memset(more, 5, 6 << 20);
    rewrite_some();
    expect_fold(error);
    check("parent without room");
    for (size_t i = 0; i < 6 << 20; i++) CHECK(more[i] == 5, "more: byte %zu", i);
    rewrite_some();
    check("parent without room");
    CHECK(ftruncate(filler, 0) == 0 && close(filler) == 0, "cannot make room");
    end(child);
    sync();
    /* Some file systems free space only after a while. */
    while (fold() != 0) CHECK(errno == ENOSPC, "fold");
    check_sharing('s', "with room");
    check("parent");
    for (size_t i = 0; i < 6 << 20; i++) CHECK(more[i] == 5, "more: byte %zu", i);
}

enum { WRITERS = 4, SPANS = 12, SPAN = 2 << 20 };

/* A grandchild that outlives its parent and keeps the heap as of its own fork. */
static void keep_grandchild(void) {
    int up[2], down[2];
    CHECK(pipe(up) == 0 && pipe(down) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(block[0], before, true);
        check("child");
        rewrite_some();
        pid_t grandchild = fork();
        if (grandchild == 0) {
            prctl(PR_SET_PDEATHSIG, 0);
            closefrom(down[0] > up[1] ? down[0] + 1 : up[1] + 1);
            pid_t self = getpid();
            char byte;
            CHECK(write(up[1], &self, sizeof self) == sizeof self && read(down[0], &byte, 1) == 1, "the parent is gone");
            check("grandchild");
            _exit(0);
        }
        rewrite_some();
        check("child");
        _exit(0);
    }
    check_child(child);
    pid_t grandchild;
    CHECK(read(up[0], &grandchild, sizeof grandchild) == sizeof grandchild, "no grandchild");
    for (int i = 0; i < BLOCKS; i++) fill(i);
    expect_fold(EBUSY);
    check_sharing('p', "beside a grandchild");
    CHECK(write(down[1], "x", 1) == 1, "write");
    check_child(grandchild);
    close(up[0]), close(up[1]), close(down[0]), close(down[1]);
}

static void fold_remap(int forks) {
    int (*fork_report)(struct vmmalloc_fork_report *) =
        (int (*)(struct vmmalloc_fork_report *))dlsym(RTLD_DEFAULT, "vmmalloc_fork_report");
    struct vmmalloc_fork_report report = {.version = VMMALLOC_FORK_REPORT_VERSION};
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, "prctl");
    long private = anonymous();
    for (int round = 0; round < forks; round++) {
        keep_grandchild();
        CHECK(fork_report(&report) == 0 && report.action == VMMALLOC_FORK_ACTION_REMAP && report.error == 0 &&
                  report.bytes_to_fold == 0,
              "round %d: action %u, %lu bytes wait", round, report.action, report.bytes_to_fold);
        CHECK(anonymous() > private + 512, "nothing became private");
        for (int i = 0; i < BLOCKS; i++) {
            if (number() % 4) continue;
            free(block[i]);
            make(i, round % 2 ? 200000 : 20000);
        }
        expect_fold(0);
        check_sharing('s', "after the fold");
        CHECK(anonymous() <= private + 512, "the fold left %ld KiB; before %ld", anonymous(), private);
        check("parent");
        rewrite_some();
        unsigned char *zeroes = calloc(1, 3 << 20);
        for (size_t i = 0; i < 3 << 20; i++) CHECK(zeroes[i] == 0, "calloc after the fold: byte %zu is %d", i, zeroes[i]);
        free(zeroes);
        /* Forks twice. The second fork finds nothing to make private. */
        pid_t child = child_with_copy();
        rewrite_some();
        pid_t second = child_with_copy();
        CHECK(fork_report(&report) == 0 && report.action == VMMALLOC_FORK_ACTION_NONE && report.bytes_to_fold > 0,
              "action %u, %lu bytes wait", report.action, report.bytes_to_fold);
        end(child);
        expect_fold(EBUSY);
        end(second);
        child = child_that_executes();
        rewrite_some();
        expect_fold(0);
        check_sharing('s', "beside another program");
        check("parent");
        end(child);
    }
}

static void fold_nothing(void) {
    end(child_with_copy());
    rewrite_some();
    expect_fold(ENOTSUP);
    for (int i = 0; i < 20; i++) use_slow_path();
    check_sharing('p', "for good");
    check("parent");
}

static volatile bool stop_writing;

/* Writes to a block of its own and to a shadow of it, until told to stop. */
static void *write_with_shadow(void *number) {
    enum { WORDS = 300 << 7 };
    uint64_t random = 2654435761u * ((uintptr_t)number + 1);
    volatile uint64_t *words = calloc(WORDS, 8);
    uint64_t *shadow = mmap(NULL, WORDS * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(words && shadow != MAP_FAILED, "no memory");
    while (!stop_writing) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t i = random % WORDS;
        CHECK(words[i] == shadow[i], "word %zu is %lu, not %lu", i, words[i], shadow[i]);
        words[i] = shadow[i] = random;
    }
    for (size_t i = 0; i < WORDS; i++) CHECK(words[i] == shadow[i], "at the end word %zu is %lu, not %lu", i, words[i], shadow[i]);
    return NULL;
}

static void start_writers(pthread_t *writers) {
    stop_writing = false;
    for (uintptr_t i = 0; i < WRITERS; i++)
        CHECK(pthread_create(&writers[i], NULL, write_with_shadow, (void *)i) == 0, "no thread");
}

static void stop_writers(pthread_t *writers) {
    stop_writing = true;
    for (int i = 0; i < WRITERS; i++) CHECK(pthread_join(writers[i], NULL) == 0, "join");
}

static unsigned char *span[SPANS];

static void make_spans(int from) {
    for (int i = from; i < SPANS; i++) {
        if (span[i]) continue;
        span[i] = calloc(1, SPAN);
        CHECK(span[i] != NULL, "no memory");
        for (size_t k = 0; k < SPAN; k++) CHECK(span[i][k] == 0, "calloc: span %d, byte %zu is %d", i, k, span[i][k]);
        memset(span[i], i + 1, SPAN);
    }
}

static void check_spans(const char *who) {
    for (int i = 0; i < SPANS; i++)
        for (size_t k = 0; span[i] && k < SPAN; k += 509)
            CHECK(span[i][k] == i + 1, "%s: span %d, byte %zu is %d", who, i, k, span[i][k]);
}

static void fold_beside_threads(void) {
    int (*fork_report)(struct vmmalloc_fork_report *) =
        (int (*)(struct vmmalloc_fork_report *))dlsym(RTLD_DEFAULT, "vmmalloc_fork_report");
    struct vmmalloc_fork_report report = {.version = VMMALLOC_FORK_REPORT_VERSION};
    pthread_t writers[WRITERS];
    refuse_userfaultfd();
    make_spans(0);
    start_writers(writers);
    for (int round = 0; round < 12; round++) {
        pid_t child = child_with_copy();
        CHECK(fork_report(&report) == 0, "no report");
        bool again = round > 0;
        CHECK((report.bytes_to_fold > 0) == again &&
                  report.fold_obstacle == (again ? VMMALLOC_FOLD_OBSTACLE_THREADS : VMMALLOC_FOLD_OBSTACLE_NONE),
              "round %d: %lu bytes wait, obstacle %u", round, report.bytes_to_fold, report.fold_obstacle);
        for (int i = 0; i < SPANS; i++) memset(span[i], i + 1, SPAN);
        rewrite_some();
        unsigned char *freed[SPANS] = {0};
        for (int i = round % 2; i < SPANS; i += 2) {
            freed[i] = span[i] + SPAN / 2;
            free(span[i]);
            span[i] = NULL;
        }
        /* The child has its own file and is still alive. */
        if (round < 6) {
            expect_fold(EAGAIN);
        } else {
            for (int i = round % 2; i < SPANS; i += 2)
                while (placement_of(freed[i]).sharing != 's') use_slow_path();
        }
        check_sharing('p', "after the fold of what is free");
        for (int i = 0; i < SPANS; i++) {
            char sharing = placement_of(span[i] ? span[i] + SPAN / 2 : freed[i]).sharing;
            CHECK(sharing == (span[i] ? 'p' : 's'), "span %d, which is %s, is %c", i, span[i] ? "in use" : "free", sharing);
        }
        check("parent");
        check_spans("parent");
        make_spans(0);
        end(child);
    }
    /* A fork freezes and copies the pieces of a heap together. */
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(block[0], before, true);
        check("child of pieces");
        check_spans("child of pieces");
        _exit(0);
    }
    check_child(child);
    stop_writers(writers);
    /* The kernel may still count a thread that has been joined. */
    while (fold() != 0) CHECK(errno == EAGAIN, "fold");
    check_sharing('s', "without threads");
    check("parent without threads");
    check_spans("parent without threads");
}

static size_t space_taken(void) {
    struct statvfs status;
    CHECK(statvfs(getenv("VMMALLOC_POOL_DIR"), &status) == 0, "statvfs");
    return (status.f_blocks - status.f_bfree) * status.f_frsize;
}

static void fold_sparse_block(void) {
    enum { LENGTH = 64 << 20, BETWEEN = 64 * PAGE, DENSE = 8 << 20 };
    pthread_t writers[WRITERS];
    unsigned char *sparse = malloc(LENGTH), *dense = malloc(DENSE);
    CHECK(sparse && dense, "no memory");
    for (size_t i = 0; i < LENGTH; i += BETWEEN) sparse[i] = 1;
    memset(dense, 1, DENSE);
    start_writers(writers);
    end(child_with_copy());
    for (size_t i = 0; i < LENGTH; i += BETWEEN) sparse[i] = 2;
    memset(dense, 2, DENSE);
    size_t taken = space_taken();
    while (fold() != 0 && placement_of(dense + DENSE / 2).sharing != 's') CHECK(errno == EBUSY || errno == EAGAIN, "fold");
    CHECK(space_taken() <= taken + (16 << 20), "%zu bytes were taken, then %zu", taken, space_taken());
    stop_writers(writers);
    while (fold() != 0) CHECK(errno == EAGAIN, "fold");
    CHECK(space_taken() <= taken + (16 << 20), "%zu bytes were taken, then %zu", taken, space_taken());
    check_sharing('s', "without threads");
    for (size_t i = 0; i < LENGTH; i += PAGE) CHECK(i % BETWEEN || sparse[i] == 2, "byte %zu is %d", i, sparse[i]);
    for (size_t i = 0; i < DENSE; i += 127) CHECK(dense[i] == 2, "byte %zu is %d", i, dense[i]);
    check("parent");
}

static void fill_up_beside_threads(void) {
    pthread_t writers[WRITERS];
    refuse_userfaultfd();
    make_spans(SPANS / 2);
    start_writers(writers);
    pid_t child = child_with_copy();
    /* New memory, for which the file has no blocks. */
    make_spans(0);
    rewrite_some();
    for (int i = 0; i < SPANS / 2; i += 2) {
        free(span[i]);
        span[i] = NULL;
    }
    end(child);
    expect_fold(EAGAIN);
    int filler = take_space(SIZE_MAX);
    int failed = 0;
    /* Where the file has no blocks left, malloc fails, or memory that is still private serves. */
    for (int i = 0; i < SPANS / 2; i += 2) {
        if ((span[i] = malloc(SPAN))) memset(span[i], i + 1, SPAN);
        else failed++;
    }
    dprintf(1, "%d refused\n", failed);
    check("parent without room");
    check_spans("parent without room");
    CHECK(ftruncate(filler, 0) == 0 && close(filler) == 0, "cannot make room");
    stop_writers(writers);
    while (fold() != 0) CHECK(errno == EAGAIN || errno == ENOSPC, "fold");
    check_sharing('s', "with room");
    check("parent");
    check_spans("parent");
}

int main(int argc, char **argv) {
    CHECK(argc >= 2, "usage: fold back|slow-path|half-way|children|conditions|threads|sparse|remap|off|full ERRNO");
    fold = (int (*)(void))dlsym(RTLD_DEFAULT, "vmmalloc_fold");
    seed = mmap(NULL, sizeof(uint32_t) * BLOCKS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < BLOCKS; i++) make(i, 40000);
    before = check_in_pool(block[0]);
    CHECK(before.sharing == 's' && (child_copies() || fork_mode() == 1) && fold, "not a pool that a fork makes private");
    CHECK(fold() == 0, "nothing is private before the first fork");
    if (strcmp(argv[1], "back") == 0) come_back(argc > 2 ? atoi(argv[2]) : 20);
    else if (strcmp(argv[1], "slow-path") == 0) fold_in_slow_path();
    else if (strcmp(argv[1], "half-way") == 0) fork_half_way();
    else if (strcmp(argv[1], "children") == 0) keep_children();
    else if (strcmp(argv[1], "conditions") == 0) meet_conditions();
    else if (strcmp(argv[1], "remap") == 0) fold_remap(argc > 2 ? atoi(argv[2]) : 8);
    else if (strcmp(argv[1], "off") == 0) fold_nothing();
    else if (strcmp(argv[1], "sparse") == 0) fold_sparse_block();
    else if (strcmp(argv[1], "threads") == 0) fold_beside_threads();
    else if (strcmp(argv[1], "full-threads") == 0) fill_up_beside_threads();
    else fill_up(argc > 2 ? atoi(argv[2]) : ENOSPC);
    return 0;
}
