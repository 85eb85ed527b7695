/* deep_bind PLUGIN: a library loaded with RTLD_DEEPBIND, as Apache and PHP load theirs, allocates in the pool. Library
 * and program free each other's blocks, including those that libc or a constructor of the library allocated. Without
 * our dlopen the library would bind to libc's malloc. */
#include "plugin.h"

#include <malloc.h>

static void exchange(struct plugin plugin) {
    check_in_pool(plugin.constructed());
    for (size_t size = 1; size < 4 << 20; size = size * 5 + 3) {
        char *theirs = plugin.allocate(size), *ours = malloc(size);
        memset(theirs, 1, size);
        memset(ours, 2, size);
        check_in_pool(theirs);
        CHECK(malloc_usable_size(theirs) >= size, "usable size of their block");
        theirs = realloc(theirs, 2 * size);
        ours = plugin.resize(ours, 2 * size);
        CHECK(theirs[size - 1] == 1 && ours[size - 1] == 2, "realloc on the other side lost the contents");
        check_in_pool(theirs);
        check_in_pool(ours);
        free(theirs);
        plugin.release(ours);
        free(plugin.allocate_aligned(256, size));
    }
    char *text = plugin.duplicate("text");
    check_in_pool(text);
    free(text);
    text = plugin.print(3);
    CHECK(strcmp(text, "number 3") == 0, "asprintf made '%s'", text);
    check_in_pool(text);
    free(text);
    plugin.release(strdup("text"));
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: deep_bind PLUGIN");
    int modes[] = {RTLD_NOW | RTLD_DEEPBIND, RTLD_LAZY | RTLD_DEEPBIND, RTLD_NOW | RTLD_GLOBAL | RTLD_DEEPBIND, RTLD_NOW};
    for (int i = 0; i < 8; i++) {
        int mode = modes[i / 2];
        void *library = i % 2 ? dlmopen(LM_ID_BASE, argv[1], mode) : dlopen(argv[1], mode);
        exchange(plugin_in(library));
        CHECK(dlclose(library) == 0, "dlclose: %s", dlerror());
        CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL, "the library was not unloaded");
        dlerror();
    }
    CHECK(dlopen("/no/such/library", RTLD_NOW | RTLD_DEEPBIND) == NULL, "loaded what is not there");
    CHECK(strstr(dlerror(), "/no/such/library"), "dlerror does not name the library");
    CHECK(dlopen(NULL, RTLD_NOW | RTLD_DEEPBIND) != NULL, "no handle of the program");
    return 0;
}
