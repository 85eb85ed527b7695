/* namespaces PLUGIN: a library in a namespace of its own has its own libc and allocates there, not in the pool. Both
 * heaps work side by side, and through a fork. */
#include "plugin.h"

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: namespaces PLUGIN");
    char *ours = strcpy(malloc(1000), "ours");
    struct placement before = check_in_pool(ours);
    struct plugin plugin = plugin_in(dlmopen(LM_ID_NEWLM, argv[1], RTLD_NOW | RTLD_DEEPBIND));
    char *theirs = plugin.allocate(1000);
    strcpy(theirs, "theirs");
    CHECK(placement_of(theirs).inode != before.inode, "another namespace allocates in the pool");
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(ours, before, true);
        CHECK(strcmp(theirs, "theirs") == 0 && strcmp(ours, "ours") == 0, "the child lost a heap");
        plugin.release(plugin.resize(theirs, 100000));
        free(realloc(ours, 100000));
        _exit(0);
    }
    check_child(child);
    check_mode_took_effect(ours, before, false);
    CHECK(strcmp(theirs, "theirs") == 0 && strcmp(ours, "ours") == 0, "the parent lost a heap");
    plugin.release(theirs);
    free(ours);
    return 0;
}
