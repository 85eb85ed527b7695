/* A program's first malloc takes little of a large pool, in memory and on the file system. */
#include "witness.h"

enum { MOST = 1 << 20 };

int main(void) {
    char *block = malloc(100);
    CHECK(block != NULL, "no block");
    *block = 1;
    struct placement pool = check_in_pool(block);
    FILE *maps = fopen("/proc/self/smaps", "re");
    CHECK(maps != NULL, "no smaps");
    char line[1024];
    bool in_pool = false;
    long kibibytes = 0, resident;
    while (fgets(line, sizeof line, maps)) {
        unsigned long inode;
        if (sscanf(line, "%*x-%*x %*s %*s %*s %lu", &inode) == 1) in_pool = inode == pool.inode;
        if (in_pool && sscanf(line, "Rss: %ld kB", &resident) == 1) kibibytes += resident;
    }
    fclose(maps);
    CHECK(kibibytes > 0 && kibibytes << 10 <= MOST, "%ld KiB of the pool are resident", kibibytes);
    return 0;
}
