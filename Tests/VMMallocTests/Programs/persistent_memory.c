/* Says whether libpmem takes a file in VMMALLOC_POOL_DIR for persistent memory. The program's own heap lies in the pool
 * as usual. */
#include "witness.h"

#include <dlfcn.h>

enum { PMEM_FILE_CREATE = 1, PMEM_FILE_TMPFILE = 8 }; /* libpmem.h */

int main(void) {
    void *library = dlopen("libpmem.so.1", RTLD_NOW);
    CHECK(library != NULL, "no libpmem: %s", dlerror());
    void *(*map_file)(const char *, size_t, int, mode_t, size_t *, int *) =
        (void *(*)(const char *, size_t, int, mode_t, size_t *, int *))dlsym(library, "pmem_map_file");
    CHECK(map_file != NULL, "no pmem_map_file");
    void *block = malloc(100);
    check_in_pool(block);
    size_t length;
    int is_persistent = 0;
    void *mapped =
        map_file(getenv("VMMALLOC_POOL_DIR"), 2 << 20, PMEM_FILE_CREATE | PMEM_FILE_TMPFILE, 0600, &length, &is_persistent);
    CHECK(mapped != NULL, "pmem_map_file");
    printf("%s\n", is_persistent ? "persistent" : "not persistent");
    return 0;
}
