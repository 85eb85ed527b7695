/* full_file_system [fork | others]: other files fill the file system to its last block; then the program touches all
 * the memory that it can get. malloc fails with ENOMEM, or the memory is really there: never SIGBUS. "fork" does this
 * after a fork, in parent and child. "others" has another process fill the file system, after large blocks were
 * freed. */
#include "witness.h"

#include <spawn.h>

static size_t use_everything(void) {
    size_t total = 0;
    for (size_t size = 1 << 20; size >= 4096; size /= 2) {
        for (char *block; (block = malloc(size)); total += size) memset(block, 9, size);
    }
    return total;
}

/* Has another program, without a pool, fill the file system. */
static void have_it_filled(void) {
    char path[4096];
    snprintf(path, sizeof path, "of=%s/filler", getenv("VMMALLOC_POOL_DIR"));
    char *const arguments[] = {"dd", "if=/dev/zero", path, "bs=64k", "status=none", NULL};
    char *const environment[] = {NULL};
    pid_t dd;
    CHECK(posix_spawn(&dd, "/bin/dd", NULL, NULL, arguments, environment) == 0, "posix_spawn");
    int status;
    CHECK(waitpid(dd, &status, 0) == dd && WIFEXITED(status) && WEXITSTATUS(status) != 0, "dd found no end");
}

int main(int argc, char **argv) {
    size_t size = 6 << 20;
    char *payload = malloc(size);
    memset(payload, 1, size);
    check_in_pool(payload);
    if (argc > 1 && strcmp(argv[1], "fork") == 0) {
        int up[2], down[2];
        CHECK(pipe(up) == 0 && pipe(down) == 0, "pipe");
        pid_t child = fork();
        CHECK(child >= 0, "fork");
        char byte;
        if (child == 0) {
            CHECK(read(down[0], &byte, 1) == 1, "read");
            memset(payload, 2, size);
            use_everything();
            _exit(0);
        }
        take_space(SIZE_MAX);
        memset(payload, 3, size);
        use_everything();
        CHECK(write(down[1], "x", 1) == 1, "write");
        int status;
        CHECK(waitpid(child, &status, 0) == child, "waitpid");
        if (WIFSIGNALED(status)) printf("child: signal %d\n", WTERMSIG(status));
        for (size_t i = 0; i < size; i++) CHECK(payload[i] == 3, "the payload changed");
        return WIFSIGNALED(status) ? 2 : WEXITSTATUS(status);
    }
    if (argc > 1 && strcmp(argv[1], "others") == 0) {
        void *volatile large = malloc(16 << 20);
        CHECK(large != NULL, "no room for a large block");
        memset(large, 1, 16 << 20);
        free(large);
        have_it_filled();
    } else {
        take_space(SIZE_MAX);
    }
    memset(payload, 2, size);
    printf("%zu MiB more\n", use_everything() >> 20);
    return 0;
}
