/* A library that exchanges blocks with its loader. Built with a RUNPATH, it finds its neighbour by name alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *constructed;
__attribute__((constructor)) static void construct(void) { strcpy(constructed = malloc(100), "constructed"); }

void *plugin_constructed(void) { return constructed; }
void *plugin_allocate(size_t size) { return malloc(size); }
void *plugin_allocate_aligned(size_t alignment, size_t size) { return memalign(alignment, size); }
void *plugin_resize(void *block, size_t size) { return realloc(block, size); }
void plugin_release(void *block) { free(block); }
/* What libc allocates on the plugin's behalf. */
char *plugin_duplicate(const char *text) { return strdup(text); }
char *plugin_print(int number) {
    char *text = NULL;
    return asprintf(&text, "number %d", number) > 0 ? text : NULL;
}
void *plugin_load(const char *name, int mode) { return dlopen(name, mode); }
void *plugin_load_into_base(const char *name, int mode) { return dlmopen(LM_ID_BASE, name, mode); }
