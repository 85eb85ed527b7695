/* The pool file has no name and mode 0600; exec closes it, and its descriptor is out of the way. "exec" checks what an
 * exec'd program finds. A number is the most KiB that the file may take at the start. */
#include "witness.h"

#include <dirent.h>
#include <sys/stat.h>

/* Counts the descriptors of unnamed files in the pool's directory. */
static int pool_descriptors(struct stat *status, int *lowest) {
    char path[64], target[4096];
    int found = 0;
    const char *directory = getenv("VMMALLOC_POOL_DIR");
    DIR *descriptors = opendir("/proc/self/fd");
    for (struct dirent *entry; (entry = readdir(descriptors));) {
        snprintf(path, sizeof path, "/proc/self/fd/%.20s", entry->d_name);
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length < 0) continue;
        target[length] = 0;
        if (strncmp(target, directory, strlen(directory)) != 0 || !strstr(target, " (deleted)")) continue;
        found++;
        *lowest = atoi(entry->d_name);
        CHECK(fstat(*lowest, status) == 0, "fstat");
    }
    closedir(descriptors);
    return found;
}

int main(int argc, char **argv) {
    struct stat status;
    int descriptor = -1;
    int found = pool_descriptors(&status, &descriptor);
    if (argc > 1 && strcmp(argv[1], "exec") == 0) {
        CHECK(found == 0, "an exec'd program inherited %d pool descriptors", found);
        return 0;
    }
    check_in_pool(malloc(1));
    CHECK(found == 1, "%d pool descriptors", found);
    CHECK(descriptor > 2, "the pool's descriptor is %d", descriptor);
    CHECK(status.st_nlink == 0, "the pool file has a name");
    CHECK((status.st_mode & 07777) == 0600, "the pool file's mode is %o", status.st_mode & 07777);
    CHECK(S_ISREG(status.st_mode), "not a regular file");
    if (argc > 1)
        CHECK(status.st_blocks / 2 < atoi(argv[1]), "%ld KiB taken at start", (long)status.st_blocks / 2);
    unsetenv("LD_PRELOAD");
    execl(argv[0], argv[0], "exec", NULL);
    CHECK(false, "exec failed");
}
