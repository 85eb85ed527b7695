/* Another preload library hooks libc's functions and allocates in its hooks (hooks_that_allocate.c). There is one pool,
 * each fork is one fork, no thread waits for itself, and the library calls no hook. So hooks that lie, as fakeroot's
 * and libfaketime's do, cannot lie to it. */
#include "witness.h"

#include "libvmmalloc.h"
#include <dlfcn.h>
#include <pthread.h>

enum { THREADS = 8, ROUNDS = 2000 };

static struct placement before;

/* Counts the unnamed files in VMMALLOC_POOL_DIR that this process maps. */
static int pools(void) {
    static char maps[1 << 18];
    unsigned long seen[16];
    int count = 0, descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    const char *directory = getenv("VMMALLOC_POOL_DIR");
    size_t length = 0;
    CHECK(descriptor >= 0, "cannot read /proc/self/maps");
    for (ssize_t got; (got = read(descriptor, maps + length, sizeof maps - 1 - length)) > 0;) length += got;
    close(descriptor);
    maps[length] = 0;
    char *rest = NULL;
    for (char *line = strtok_r(maps, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        unsigned long inode = 0;
        int known = 0;
        if (strstr(line, directory) == NULL || strstr(line, " (deleted)") == NULL) continue;
        CHECK(sscanf(line, "%*s %*s %*s %*s %lu", &inode) == 1, "cannot read '%s'", line);
        for (int i = 0; i < count; i++) known |= seen[i] == inode;
        if (!known && count < 16) seen[count++] = inode;
    }
    return count;
}

/* Allocates small blocks and large ones, keeps, frees and resizes them, and asks for more than the pool has. */
static void use_heap(void) {
    static __thread void *kept[100];
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = 1ul << (4 + i % 17);
        free(kept[i % 100]);
        kept[i % 100] = malloc(size);
        if (kept[i % 100] == NULL) continue;
        memset(kept[i % 100], i, size < 100 ? size : 100);
        void *larger = realloc(kept[i % 100], size * 2);
        if (larger) kept[i % 100] = larger;
    }
    CHECK(malloc(1ul << 40) == NULL, "a block of 1 TiB");
    for (int i = 0; i < 100; i++) free(kept[i]), kept[i] = NULL;
}

static void *work(void *unused) {
    use_heap();
    return unused;
}

static void work_in_threads(void) {
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&thread[i], NULL, work, NULL) == 0, "no thread");
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
}

int main(void) {
    const char *called = dlsym(RTLD_DEFAULT, "hooks_called_by_the_library");
    unsigned long *count = dlsym(RTLD_DEFAULT, "hooks_called");
    int (*fork_report)(struct vmmalloc_fork_report *) =
        (int (*)(struct vmmalloc_fork_report *))dlsym(RTLD_DEFAULT, "vmmalloc_fork_report");
    alarm(100);
    void *block = malloc(5000);
    before = check_in_pool(block);
    CHECK(called && count, "hooks_that_allocate.c is not loaded");
    CHECK(pools() == 1, "%d pools", pools());
    unsigned long so_far = *count;
    getpid();
    CHECK(*count > so_far, "the hooks are not called");
    work_in_threads();
    for (int i = 0; i < 3; i++) {
        struct vmmalloc_fork_report report = {.version = VMMALLOC_FORK_REPORT_VERSION};
        pid_t child = fork();
        if (child == 0) {
            check_mode_took_effect(block, before, true);
            CHECK(pools() == 1, "%d pools in the child", pools());
            work_in_threads();
            _exit(0);
        }
        check_child(child);
        check_mode_took_effect(block, before, false);
        CHECK(fork_report(&report) == 0 && report.forks == (uint64_t)i + 1, "%lu forks instead of %d", report.forks, i + 1);
        use_heap();
    }
    CHECK(pools() == 1, "%d pools in the end", pools());
    CHECK(called[0] == 0, "the library has called hooks: %s", called);
    return 0;
}
