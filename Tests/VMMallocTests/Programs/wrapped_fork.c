/* wrapped_fork [MEBIBYTES]: forks while another library (fork_wrapper.c), before ours or behind it, wraps fork too,
 * with that much memory in use. Prints how three forks ended. */
#include "witness.h"

#include <dirent.h>
#include <dlfcn.h>

static int descriptors(void) {
    DIR *directory = opendir("/proc/self/fd");
    CHECK(directory != NULL, "no /proc/self/fd");
    int count = 0;
    while (readdir(directory)) count++;
    closedir(directory);
    return count;
}

int main(int count, char **arguments) {
    char *block = calloc(1, 1000);
    struct placement before = check_in_pool(block);
    int *calls = dlsym(RTLD_DEFAULT, "fork_wrapper_calls");
    CHECK(calls != NULL, "nobody wraps fork");
    if (count > 1) {
        size_t length = (size_t)atoi(arguments[1]) << 20;
        CHECK(memset(malloc(length), 1, length) != NULL, "no memory");
    }
    const char *what = getenv("FORK_WRAPPER");
    bool is_bare = what && strcmp(what, "bare") == 0;
    int open_before = descriptors(), worked = 0, refused = 0;
    for (int round = 0; round < 3; round++) {
        strcpy(block, "parent");
        pid_t child = fork();
        if (child == 0) {
            /* The child of a bare fork shares its parent's heap. */
            if (is_bare) _exit(0);
            check_mode_took_effect(block, before, true);
            CHECK(strcmp(block, "parent") == 0, "the child's heap is another");
            strcpy(block, "child");
            _exit(0);
        }
        if (child == -1) {
            CHECK(errno == ENOMEM || errno == EAGAIN, "fork");
            refused++;
        } else {
            check_child(child);
            worked++;
        }
        CHECK(strcmp(block, "parent") == 0, "the child wrote its parent's heap");
    }
    /* In mode 1 the first fork closes the pool's descriptor. */
    CHECK(descriptors() <= open_before, "%d descriptors, where there were %d", descriptors(), open_before);
    printf("%d worked, %d refused, %d wrapped\n", worked, refused, *calls);
    return 0;
}
