/* Misuses the heap in the way that its argument names. The debug build must notice, and say so. */
#include "witness.h"

#include <dlfcn.h>
#include <malloc.h>

/* Without jemalloc's headers, so that the program need not be linked with jemalloc. */
#define OF_JEMALLOC(name, ...) ((int (*)(__VA_ARGS__))dlsym(RTLD_DEFAULT, name))

/* The compiler notices these misuses too. */
#pragma GCC diagnostic ignored "-Wuse-after-free"
#pragma GCC diagnostic ignored "-Wfree-nonheap-object"

int main(int count, char **arguments) {
    CHECK(count == 2, "usage: misuse HOW");
    const char *how = arguments[1];
    /* Volatile, or the compiler would leave out calls that have no effect. */
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
    } else if (strcmp(how, "dallocx freed") == 0) {
        free(block);
        OF_JEMALLOC("dallocx", void *, int)(block, 0);
    } else if (strcmp(how, "sdallocx of another size") == 0) {
        OF_JEMALLOC("sdallocx", void *, size_t, int)(block, 2000, 0);
    } else if (strcmp(how, "delete freed") == 0) {
        free(block);
        OF_JEMALLOC("_ZdaPvm", void *, size_t)(block, 1000);
    } else if (strcmp(how, "free reset") == 0) {
        unsigned arena;
        size_t length = sizeof arena;
        char name[32];
        int (*control)(const char *, void *, size_t *, void *, size_t) = dlsym(RTLD_DEFAULT, "mallctl");
        CHECK(control("arenas.create", &arena, &length, NULL, 0) == 0, "no arena");
        /* MALLOCX_ARENA, and no thread cache. */
        block = ((void *(*)(size_t, int))dlsym(RTLD_DEFAULT, "mallocx"))(100, (int)(arena + 1) << 20 | 1 << 8);
        snprintf(name, sizeof name, "arena.%u.reset", arena);
        CHECK(control(name, NULL, NULL, NULL, 0) == 0, "no reset");
        free(block);
    } else {
        CHECK(false, "no misuse named %s", how);
    }
    return 0;
}
