/* sparse_block none | taken: writes 16 pages of a block of 500 MiB. "none": only those pages take space on the file
 * system and in memory, at most 10 MiB together with everything else that the program has. "taken": the whole block
 * takes space, which on tmpfs is memory. */
#include "witness.h"

#include <sys/statvfs.h>

static size_t bytes_taken(void) {
    struct statvfs status;
    CHECK(statvfs(getenv("VMMALLOC_POOL_DIR"), &status) == 0, "statvfs");
    /* A tmpfs without a limit reports no blocks. */
    return (status.f_blocks - status.f_bfree) * status.f_frsize;
}

/* Of this program alone: getrusage(2) would include what its parent had. */
static size_t peak_memory(void) {
    FILE *status = fopen("/proc/self/status", "re");
    CHECK(status != NULL, "no status");
    char line[256];
    size_t kibibytes = 0;
    while (kibibytes == 0 && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %zu kB", &kibibytes);
    fclose(status);
    CHECK(kibibytes > 0, "no VmHWM");
    return kibibytes << 10;
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: sparse_block none | taken");
    bool taken = strcmp(argv[1], "taken") == 0;
    enum { SIZE = 500 << 20, MOST = 10 << 20 };
    char *block = malloc(SIZE);
    CHECK(block != NULL, "no block");
    for (int i = 0; i < 16; i++) block[SIZE / 16 * i] = 1;
    check_in_pool(block);
    size_t bytes = bytes_taken();
    size_t peak = peak_memory();
    if (taken)
        CHECK(peak >= SIZE, "%zu bytes of memory", peak);
    else
        CHECK(bytes <= MOST && peak <= MOST, "%zu bytes of the file system, %zu of memory", bytes, peak);
    return 0;
}
