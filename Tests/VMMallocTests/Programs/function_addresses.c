/* Each function of the library has one address, whether a library takes it or the program, which is linked at a fixed
 * address here and so brings an address of its own for each. */
#include "witness.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <threads.h>

extern void *pvalloc(size_t size);

int main(void) {
    void *block = strdup("a block");
    check_in_pool(block);
    /* volatile, so that the compiler does not know that they are equal. */
    void *volatile addresses[] = {
        (void *)malloc, (void *)free, (void *)calloc, (void *)realloc, (void *)posix_memalign,
        (void *)aligned_alloc, (void *)memalign, (void *)valloc, (void *)pvalloc, (void *)malloc_usable_size,
        (void *)fork, (void *)pthread_setspecific, (void *)tss_set, (void *)dlopen, (void *)_exit, (void *)_Exit,
    };
    const char *names[] = {
        "malloc", "free", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc",
        "malloc_usable_size", "fork", "pthread_setspecific", "tss_set", "dlopen", "_exit", "_Exit",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *found = dlsym(RTLD_DEFAULT, names[i]);
        CHECK(addresses[i] == found, "%s is at %p, and to a library at %p", names[i], addresses[i], found);
    }
    /* A call through the pointer reaches the library's function. */
    block = ((void *(*)(void *, size_t))addresses[3])(block, 100000);
    check_in_pool(block);
    free(block);
    return 0;
}
