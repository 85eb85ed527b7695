/* Misuses the heap in the way that its argument names: the debug build must notice, and say so. */
#include "witness.h"

#include <malloc.h>

/* The compiler notices too. */
#pragma GCC diagnostic ignored "-Wuse-after-free"
#pragma GCC diagnostic ignored "-Wfree-nonheap-object"

int main(int count, char **arguments) {
    CHECK(count == 2, "usage: misuse HOW");
    const char *how = arguments[1];
    /* Volatile, or the compiler would leave out what has no effect. */
    char *volatile block = malloc(1000);
    check_in_pool(block);
    char on_stack[64];
    char *volatile local = on_stack;
    if (strcmp(how, "double free") == 0) {
        free(block);
        free(block);
    } else if (strcmp(how, "free inside") == 0) {
        free(block + 64);
    } else if (strcmp(how, "free odd") == 0) {
        free(block + 1);
    } else if (strcmp(how, "free stack") == 0) {
        free(local);
    } else if (strcmp(how, "realloc freed") == 0) {
        free(block);
        block = realloc(block, 2000);
    } else if (strcmp(how, "size of freed") == 0) {
        free(block);
        return (int)malloc_usable_size(block);
    } else {
        CHECK(false, "no misuse named %s", how);
    }
    return 0;
}
