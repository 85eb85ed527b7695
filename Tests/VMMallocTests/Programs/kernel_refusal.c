/* If the kernel creates no child, fork fails with the kernel's errno, and the report says that the fork was refused. */
#include "witness.h"

#include "libvmmalloc.h"
#include <dlfcn.h>
#include <sys/resource.h>

int main(void) {
    int (*fork_report)(struct vmmalloc_fork_report *) =
        (int (*)(struct vmmalloc_fork_report *))dlsym(RTLD_DEFAULT, "vmmalloc_fork_report");
    check_in_pool(malloc(1000));
    /* The limit is per user and does not bind root. */
    CHECK(setgid(65534) == 0 && setuid(65534) == 0, "setuid");
    CHECK(setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0}) == 0, "setrlimit");
    pid_t child = fork();
    if (child == 0) _exit(0);
    CHECK(child == -1 && errno == EAGAIN, "fork returned %d", child);
    struct vmmalloc_fork_report report = {.version = VMMALLOC_FORK_REPORT_VERSION};
    CHECK(fork_report != NULL && fork_report(&report) == 0, "no report");
    CHECK(report.action == VMMALLOC_FORK_ACTION_REFUSED && report.error == EAGAIN, "action %u, error %d", report.action,
          report.error);
    return 0;
}
