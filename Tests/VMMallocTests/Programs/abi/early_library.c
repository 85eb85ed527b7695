/* A library whose constructor calls malloc (-DALLOCATES) and fork (-DFORKS). With -z initfirst it runs before the
 * preload library's own constructor: if two libraries ask to be first, the one loaded last wins. */
#include "early_library.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct early early = {.child_status = -1};

__attribute__((constructor)) static void construct(void) {
    early.is_child = -1;
#ifdef ALLOCATES
    for (int i = 0; i < EARLY_BLOCKS; i++) {
        early.block[i] = i % 2 ? malloc(EARLY_SIZE(i)) : calloc(1, EARLY_SIZE(i));
        if (early.block[i]) memset(early.block[i], i, EARLY_SIZE(i));
        /* Freeing this early must work, too. */
        free(realloc(malloc(EARLY_SIZE(i)), 2 * EARLY_SIZE(i)));
    }
#endif
#ifdef FORKS
    pid_t child = fork();
    early.is_child = child == 0;
    if (child == 0) {
        for (int i = 0; i < EARLY_BLOCKS; i++)
            if (early.block[i]) memset(early.block[i], i + 100, EARLY_SIZE(i));
    } else if (child < 0 || waitpid(child, &early.child_status, 0) != child) {
        early.child_status = -2;
    }
#endif
}
