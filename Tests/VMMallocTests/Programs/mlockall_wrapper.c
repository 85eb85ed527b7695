/* A library that has mlockall of its own, as those for containers that may not lock memory do. */
#include <errno.h>
#include <sys/mman.h>

int mlockall(int flags) {
    (void)flags;
    errno = ENOTSUP;
    return -1;
}
