/* The functions of plugin.c, looked up in a loaded library. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include "witness.h"

#include <dlfcn.h>

struct plugin {
    void *(*constructed)(void);
    void *(*allocate)(size_t size);
    void *(*allocate_aligned)(size_t alignment, size_t size);
    void *(*resize)(void *block, size_t size);
    void (*release)(void *block);
    char *(*duplicate)(const char *text);
    char *(*print)(int number);
    void *(*load)(const char *name, int mode);
    void *(*load_into_base)(const char *name, int mode);
};

static inline struct plugin plugin_in(void *library) {
    CHECK(library != NULL, "no library: %s", dlerror());
    struct plugin plugin;
    static const char *const names[] = {
        "plugin_constructed", "plugin_allocate", "plugin_allocate_aligned", "plugin_resize", "plugin_release",
        "plugin_duplicate", "plugin_print", "plugin_load", "plugin_load_into_base",
    };
    void *function[sizeof names / sizeof *names];
    _Static_assert(sizeof function == sizeof plugin, "a name for each function");
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        CHECK((function[i] = dlsym(library, names[i])) != NULL, "no %s", names[i]);
    memcpy(&plugin, function, sizeof plugin);
    return plugin;
}

#endif
