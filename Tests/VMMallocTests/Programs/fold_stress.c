/* fold_stress FORKS waits|folds|refused ...: sixteen threads write to all pages of a heap, each to its own words and to
 * a shadow of them. Another thread has the kernel write there, through read(2). Meanwhile the program forks and folds,
 * and no write is lost.
 *   folds   userfaultfd(2) is allowed: everything returns although they write
 *   waits   userfaultfd(2) is refused: what they write to waits
 *   refused CALL ERRNO   from the first fork on, the kernel refuses a system call, or one ioctl, to the thread that
 *           folds, which may then fold less, or not fork */
#include "filter.h"
#include "witness.h"

#include "libvmmalloc.h"
#include <dlfcn.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum { WRITERS = 16, PAGES = 4096, WORDS = 512, READ_WORD = 500 };

static uint64_t (*heap)[WORDS];
static volatile bool stop;
static uint64_t *shadow[WRITERS + 1];
static struct placement before;

static void *write_with_shadow(void *number) {
    uintptr_t self = (uintptr_t)number;
    uint64_t random = 2654435761u * (self + 1);
    for (unsigned round = 0; !stop; round++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t page = random % PAGES;
        volatile uint64_t *word = &heap[page][self * 16];
        CHECK(*word == shadow[self][page], "thread %lu, page %zu: %lu, not %lu", self, page, *word, shadow[self][page]);
        *word = shadow[self][page] + 1;
        shadow[self][page]++;
        /* The allocator's slow path, in which other threads fold. */
        if (round % 4096 == 0) {
            unsigned char *block = malloc(100000 + random % (1 << 20));
            CHECK(block != NULL, "no memory");
            block[0] = block[100000 - 1] = 1;
            free(block);
        }
    }
    return NULL;
}

/* Has the kernel write words, as a thread that passes read(2) an address in the heap. */
static void *read_with_shadow(void *unused) {
    (void)unused;
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    uint64_t random = 99991, count = 0;
    while (!stop) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t page = random % PAGES;
        volatile uint64_t *word = &heap[page][READ_WORD];
        CHECK(*word == shadow[WRITERS][page], "read, page %zu: %lu, not %lu", page, *word, shadow[WRITERS][page]);
        count++;
        CHECK(write(ends[1], &count, sizeof count) == sizeof count, "write");
        CHECK(read(ends[0], (void *)word, sizeof count) == sizeof count, "read into the heap");
        shadow[WRITERS][page] = count;
    }
    return NULL;
}

static void check_all(const char *who, uint64_t under_way) {
    for (size_t page = 0; page < PAGES; page++)
        for (int i = 0; i < WRITERS; i++) {
            uint64_t is = heap[page][i * 16], should = shadow[i][page];
            CHECK(is - should <= under_way, "%s: thread %d, page %zu: %lu, not %lu", who, i, page, is, should);
        }
}

/* From now on refuses `call` to this thread; if `command` is not 0, only with `command` as the second argument. */
static void refuse(unsigned call, unsigned command, int error) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, command, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JA, command ? 1 : 0, 0, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    install_filter(rules, sizeof rules / sizeof *rules);
}

/* Refuses userfaultfd(2) as to a user without privileges, whatever privileges this one has. Source:
 * ioctl_userfaultfd(2). */
static void refuse_userfaultfd(void) {
    refuse(SYS_userfaultfd, 0, EPERM);
    refuse(SYS_ioctl, USERFAULTFD_IOC_NEW, EPERM);
}

static void refuse_by_name(const char *name, int error) {
    static const struct {
        const char *name;
        unsigned call, command;
    } calls[] = {
        {"userfaultfd", SYS_userfaultfd, 0},
        {"api", SYS_ioctl, UFFDIO_API},
        {"register", SYS_ioctl, UFFDIO_REGISTER},
        {"unregister", SYS_ioctl, UFFDIO_UNREGISTER},
        {"writeprotect", SYS_ioctl, UFFDIO_WRITEPROTECT},
        {"wake", SYS_ioctl, UFFDIO_WAKE},
        {"ioctl", SYS_ioctl, 0},
        {"mremap", SYS_mremap, 0},
        {"madvise", SYS_madvise, 0},
        {"mincore", SYS_mincore, 0},
        {"statx", SYS_statx, 0},
        {"getdents64", SYS_getdents64, 0},
        {"openat", SYS_openat, 0},
        {"mmap", SYS_mmap, 0},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0) return refuse(calls[i].call, calls[i].command, error);
    CHECK(false, "which call is %s?", name);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3, "usage: fold_stress FORKS waits|folds|refused CALL ERRNO");
    bool folds = strcmp(argv[2], "folds") == 0, refused = strcmp(argv[2], "refused") == 0;
    CHECK(!refused || argc == 5, "which call?");
    int (*fold)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "vmmalloc_fold");
    heap = calloc(PAGES, sizeof *heap);
    CHECK(heap != NULL, "no memory");
    for (int i = 0; i <= WRITERS; i++) {
        shadow[i] = mmap(NULL, PAGES * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(shadow[i] != MAP_FAILED, "no shadow");
    }
    before = check_in_pool(heap);
    CHECK(before.sharing == 's' && (child_copies() || fork_mode() == 1) && fold, "not a pool that a fork makes private");
    if (!folds && !refused) refuse_userfaultfd();
    pthread_t threads[WRITERS + 1];
    for (uintptr_t i = 0; i < WRITERS; i++)
        CHECK(pthread_create(&threads[i], NULL, write_with_shadow, (void *)i) == 0, "no thread");
    CHECK(pthread_create(&threads[WRITERS], NULL, read_with_shadow, NULL) == 0, "no thread");
    for (int i = 0; i < atoi(argv[1]); i++) {
        pid_t child = fork();
        if (child == 0) {
            if (!refused) check_mode_took_effect(heap, before, true);
            check_all("child", 1);
            _exit(0);
        }
        if (child > 0) check_child(child);
        else CHECK(refused && i > 0, "fork");
        if (refused && i == 0) refuse_by_name(argv[3], atoi(argv[4]));
        /* Waits until some thread's memory has become private. */
        for (uint64_t seen = shadow[3][i % PAGES] + shadow[5][7]; i % 3 == 0 && shadow[3][i % PAGES] + shadow[5][7] == seen;) sched_yield();
        int result = fold();
        /* The refused calls may include those that read /proc. */
        if (refused) continue;
        CHECK(folds ? result == 0 : result == -1 && errno == EAGAIN, "fork %d: fold: %d", i, result);
        char sharing = placement_of(&heap[PAGES / 2]).sharing;
        CHECK(sharing == (folds ? 's' : 'p'), "beside threads the heap is %c after a fold", sharing);
    }
    stop = true;
    for (int i = 0; i <= WRITERS; i++) CHECK(pthread_join(threads[i], NULL) == 0, "join");
    check_all("parent", 0);
    if (refused) return 0;
    while (fold() != 0) CHECK(errno == EAGAIN, "fold");
    check_all("parent", 0);
    CHECK(placement_of(heap).sharing == 's', "without threads the heap is private");
    return 0;
}
