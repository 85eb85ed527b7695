/* caller_relative PLUGIN NEIGHBOUR: dlopen searches as if the caller had called libc. A library finds NEIGHBOUR, a name
 * without a folder, through its own RUNPATH and through $ORIGIN. This program has no RUNPATH and does not find it. */
#include "plugin.h"

int main(int argc, char **argv) {
    CHECK(argc == 3, "usage: caller_relative PLUGIN NEIGHBOUR");
    struct plugin plugin = plugin_in(dlopen(argv[1], RTLD_NOW | RTLD_DEEPBIND));
    check_in_pool(plugin.allocate(100));
    char by_origin[1000];
    snprintf(by_origin, sizeof by_origin, "$ORIGIN/neighbours/%s", argv[2]);
    CHECK(dlopen(argv[2], RTLD_NOW) == NULL, "the program finds %s: it proves nothing", argv[2]);
    for (int i = 0; i < 4; i++) {
        const char *name = i % 2 ? by_origin : argv[2];
        void *neighbour = (i / 2 ? plugin.load_into_base : plugin.load)(name, RTLD_NOW | RTLD_DEEPBIND);
        CHECK(neighbour != NULL, "%s is not found from the library: %s", name, dlerror());
        check_in_pool(plugin_in(neighbour).allocate(100));
        dlclose(neighbour);
    }
    return 0;
}
