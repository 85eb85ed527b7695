/* reloading PLUGIN: loads a C++ library, uses it in threads and unloads it, 300 times, every other time with
 * RTLD_DEEPBIND. Its static and thread-local objects take a mebibyte each time. If they were not freed, the pool would
 * not last. */
#include "witness.h"

#include <dlfcn.h>
#include <unistd.h>

static void *function(void *library, const char *name) {
    void *found = dlsym(library, name);
    CHECK(found != NULL, "no %s", name);
    return found;
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: reloading PLUGIN");
    check_in_pool(calloc(1, 100));
    for (int i = 0; i < 300; i++) {
        void *library = dlopen(argv[1], RTLD_NOW | (i % 2 ? RTLD_DEEPBIND : 0));
        CHECK(library != NULL, "round %d: %s", i, dlerror());
        size_t sum = ((size_t(*)(void))function(library, "plugin_run"))();
        CHECK(sum == (1 << 20) + 999 + 3 * 8000, "round %d: the library computed %zu", i, sum);
        if (i % 30 == 0) {
            bool (*meets)(size_t) = (bool (*)(size_t))function(library, "plugin_meets_bad_alloc");
            CHECK(meets(1ul << 40) && meets(PTRDIFF_MAX), "no std::bad_alloc");
            void *string = ((void *(*)(void))function(library, "plugin_string"))();
            check_in_pool(string);
            check_in_pool(*(void **)string);
            ((void (*)(void *))function(library, "plugin_delete"))(string);
        }
        CHECK(dlclose(library) == 0, "round %d: %s", i, dlerror());
        CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL, "the library was not unloaded");
        dlerror();
    }
    return 0;
}
