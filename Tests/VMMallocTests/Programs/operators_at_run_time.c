/* The library's operators new in a C program, which has no C++ library to throw with. "nothrow" returns NULL; "throw"
 * prints a line and aborts. PLUGIN is a plugin that loads a C++ library for itself alone, and exceptions reach it. */
#include "witness.h"

#include <dlfcn.h>

static void *function(void *library, const char *name) {
    void *found = dlsym(library, name);
    CHECK(found != NULL, "no %s", name);
    return found;
}

int main(int count, char **arguments) {
    CHECK(count == 2, "usage: operators_at_run_time nothrow | throw | PLUGIN");
    const char *how = arguments[1];
    check_in_pool(strdup(how));
    size_t too_much = (size_t)1 << 46;
    void *(*throws)(size_t) = function(RTLD_DEFAULT, "_Znwm");
    void *(*nothrow)(size_t, const void *) = function(RTLD_DEFAULT, "_ZnamRKSt9nothrow_t");
    check_in_pool(throws(100));
    check_in_pool(nothrow(100, ""));
    if (strcmp(how, "nothrow") == 0) {
        CHECK(nothrow(too_much, "") == NULL, "a block");
    } else if (strcmp(how, "throw") == 0) {
        throws(too_much);
    } else {
        void *plugin = dlopen(how, RTLD_NOW | RTLD_LOCAL);
        CHECK(plugin != NULL, "%s", dlerror());
        CHECK(dlsym(RTLD_DEFAULT, "__cxa_throw") == NULL, "the C++ library is everybody's");
        ((void (*)(void))function(plugin, "run_out"))();
    }
    return 0;
}
