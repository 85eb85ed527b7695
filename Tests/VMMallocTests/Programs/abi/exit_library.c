/* A library whose destructor runs after the preload library's, and uses the heap. */
#include "witness.h"

static char *kept;

__attribute__((constructor)) static void construct(void) { strcpy(kept = malloc(100), "kept"); }

__attribute__((destructor)) static void destruct(void) {
    CHECK(strcmp(kept, "kept") == 0, "the block of the constructor was lost");
    free(kept);
    for (size_t size = 1; size < 20 << 20; size *= 3) {
        char *block = malloc(size);
        CHECK(block != NULL, "no malloc of %zu bytes in a library's destructor", size);
        memset(block, 1, size);
        free(block = realloc(block, size + 1000));
        CHECK(block != NULL, "no realloc in a library's destructor");
    }
    dprintf(1, "library destructor\n");
}

void exit_library_is_used(void) {}
