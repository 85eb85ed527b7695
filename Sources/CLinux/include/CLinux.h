/* What Swift cannot import from Linux's headers: variadic system calls, macros, and results that are
 * spelled as casts (MAP_FAILED). No logic: one line a function. */
#ifndef CLINUX_H
#define CLINUX_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline int linux_errno(void) { return errno; }
static inline void linux_set_errno(int code) { errno = code; }

/* mmap(2) as the bare system call: the library's own mmap symbol is the one that serves jemalloc. */
static inline intptr_t linux_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    return (intptr_t)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}
static inline intptr_t linux_mremap(void *old, size_t old_length, size_t length, int flags, void *address) {
    return (intptr_t)mremap(old, old_length, length, flags, address);
}
static inline int linux_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}
static inline int linux_duplicate_above(int fd, int minimum) { return fcntl(fd, F_DUPFD_CLOEXEC, minimum); }
static inline int linux_ficlone(int target, int source) { return ioctl(target, FICLONE, source); }

/* Macros with casts or function-like macros, which Swift does not see. */
static const int LINUX_O_TMPFILE = O_TMPFILE;
static const uint64_t LINUX_RLIM_INFINITY = RLIM_INFINITY;
static const int64_t LINUX_TMPFS_MAGIC = TMPFS_MAGIC;

/* fork(2) by the name that nobody interposes: ours is the exported `fork`. */
extern pid_t __fork(void);

/* pthread_atfork(3) for handlers that must outlive this library's destructor (dso = NULL). */
extern int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso);

#endif
