/* A program linked with the library: the heap lies in a pool from the first constructor on, in parent and child, and
 * the program can call vmmalloc_fork_report from the header. */
#include "witness.h"

#include <libvmmalloc.h>

static void *early;
static pid_t early_child;

__attribute__((constructor(101))) static void before_main(void) {
    early = malloc(1000);
    early_child = fork();
    if (early_child == 0) _exit(malloc(1000) == NULL);
}

int main(void) {
    CHECK(early != NULL, "malloc failed in a constructor");
    struct placement before = check_in_pool(early);
    check_child(early_child);
    memset(early, 'p', 1000);
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(early, before, true);
        memset(early, 'c', 1000);
        free(early);
        return 0;
    }
    check_child(child);
    check_mode_took_effect(early, before, false);
    for (int i = 0; i < 1000; i++) CHECK(((char *)early)[i] == 'p', "the child wrote byte %d of its parent", i);
    struct vmmalloc_fork_report report = {.version = VMMALLOC_FORK_REPORT_VERSION};
    CHECK(vmmalloc_fork_report(&report) == 0, "no report");
    CHECK(report.forks == 2 && report.mode == (uint32_t)fork_mode(), "%lu forks in mode %u", report.forks, report.mode);
    return 0;
}
