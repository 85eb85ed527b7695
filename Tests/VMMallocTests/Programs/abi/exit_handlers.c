/* The heap works to the last instruction: in handlers of atexit and on_exit, in the program's destructor, and in a
 * library's, which runs after ours. A child that a handler forks has its own heap as well. */
#include "witness.h"

extern void exit_library_is_used(void);

static char *kept;

static void use_heap(const char *who) {
    CHECK(strcmp(kept, "kept") == 0, "%s: the heap was lost", who);
    kept = realloc(kept, strlen(who) * 100000);
    CHECK(kept != NULL, "%s: no realloc", who);
    for (int i = 0; i < 1000; i++) free(malloc(i * 50));
    dprintf(1, "%s\n", who);
}

static void at_exit(void) {
    struct placement before = check_in_pool(kept);
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(kept, before, true);
        strcpy(kept, "child");
        _exit(0);
    }
    check_child(child);
    use_heap("atexit");
}
static void on_exiting(int status, void *argument) {
    (void)status;
    free(argument);
    use_heap("on_exit");
}
static void nothing(void) {}
__attribute__((destructor)) static void destruct(void) { use_heap("destructor"); }

int main(void) {
    exit_library_is_used();
    strcpy(kept = malloc(100), "kept");
    check_in_pool(kept);
    atexit(at_exit);
    on_exit(on_exiting, malloc(1000));
    /* So many handlers that glibc allocates room for them. */
    for (int i = 0; i < 1000; i++) atexit(nothing);
    exit(0);
}
