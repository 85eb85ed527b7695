/* A library with its own mlockall, like those for containers that may not lock memory. */
#include <errno.h>
#include <sys/mman.h>

int mlockall(int flags) {
    (void)flags;
    errno = ENOTSUP;
    return -1;
}
