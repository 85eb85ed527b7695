/* What Swift cannot import from Linux's headers: variadic system calls, macros, and results written as casts
 * (MAP_FAILED). No logic: one line per function. */
#ifndef CLINUX_H
#define CLINUX_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/sysinfo.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <linux/memfd.h>
#include <time.h>
#include <unistd.h>

#include "SystemCall.h"

/* Atomic words. Swift's Synchronization module brings its own view of libc's headers, which conflicts with this one. */
static inline uint64_t linux_load_relaxed(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }
static inline uint64_t linux_load_acquire(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void linux_store_relaxed(uint64_t *word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline void linux_store_release(uint64_t *word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}
static inline uint64_t linux_fetch_add_relaxed(uint64_t *word, uint64_t value) {
    return __atomic_fetch_add(word, value, __ATOMIC_RELAXED);
}
static inline bool linux_compare_exchange_acquire(uint32_t *word, uint32_t expected, uint32_t desired) {
    return __atomic_compare_exchange_n(word, &expected, desired, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
static inline uint32_t linux_exchange_acquire(uint32_t *word, uint32_t value) {
    return __atomic_exchange_n(word, value, __ATOMIC_ACQUIRE);
}
static inline uint32_t linux_exchange_release(uint32_t *word, uint32_t value) {
    return __atomic_exchange_n(word, value, __ATOMIC_RELEASE);
}
static inline void linux_fence_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
static inline void linux_fence_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }

static inline int linux_errno(void) { return errno; }
static inline void linux_set_errno(int code) { errno = code; }

/* The environment as the kernel laid it out for this program, above the arguments and their count. It is there from the
 * first instruction on, before `environ` is set up. */
extern void *__libc_stack_end;
static inline char **linux_initial_environment(void) {
    return (char **)__libc_stack_end + 1 + *(long *)__libc_stack_end + 1;
}

/* glibc's list of open FILEs, through the functions that glibc's fork uses. They have been exported since 2.2.5 and are
 * declared nowhere. */
extern void _IO_list_lock(void) __attribute__((weak));
extern void _IO_list_unlock(void) __attribute__((weak));
extern FILE *_IO_iter_begin(void) __attribute__((weak));
extern FILE *_IO_iter_end(void) __attribute__((weak));
extern FILE *_IO_iter_next(FILE *) __attribute__((weak));
static inline bool linux_has_file_list(void) {
    return _IO_list_lock && _IO_list_unlock && _IO_iter_begin && _IO_iter_end && _IO_iter_next;
}
/* The lock that fork resets in the child; its size is three words. */
static inline void *linux_file_lock(FILE *file) { return file->_lock; }
static const size_t LINUX_FILE_LOCK_SIZE = 16;
/* Calls `function` on another stack, whose end is `top`, for work that needs more stack than a small thread has. */
static inline void linux_call_on_stack(void *top, void (*function)(void *), void *argument) {
    __asm__ volatile("movq %%rsp, %%rbx\n\t"
                     "movq %[top], %%rsp\n\t"
                     "call *%[function]\n\t"
                     "movq %%rbx, %%rsp"
                     : [top] "+&r"(top), "+D"(argument), [function] "+&r"(function)
                     :
                     : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "cc", "memory", "xmm0", "xmm1",
                       "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                       "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
}
static inline bool linux_is_single_threaded(void) { return __libc_single_threaded; }

/* The function that a symbol of the same name in this object hides. */
static inline void *linux_next_symbol(const char *name) { return dlsym(RTLD_NEXT, name); }

/* Runs `function` in a process that shares this one's memory but has its own descriptor table. Waits until it has
 * ended, as vfork(2) does; no signal reports the end. Calls clone(2) by a name that nobody interposes. */
extern int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);
static inline pid_t linux_run_with_own_descriptors(int (*function)(void *), void *argument, void *stack_end) {
    return __clone(function, stack_end, CLONE_VM | CLONE_VFORK, argument);
}

/* What /proc/self/pagemap says about ranges of pages: ioctl PAGEMAP_SCAN of Linux 6.7, newer than Debian 12's
 * headers. */
struct linux_page_region {
    uint64_t start, end, categories;
};
struct linux_page_scan {
    uint64_t size, flags, start, end, walk_end, regions, region_count, most_pages;
    uint64_t inverted, all_of, any_of, returned;
};
static const unsigned long LINUX_PAGEMAP_SCAN = _IOWR('f', 16, struct linux_page_scan);
/* Categories: backed by a file or shared, in memory, in swap, the kernel's page of zeroes. */
static const uint64_t LINUX_PAGE_IS_FILE = 1 << 2;
static const uint64_t LINUX_PAGE_IS_PRESENT = 1 << 3;
static const uint64_t LINUX_PAGE_IS_SWAPPED = 1 << 4;
static const uint64_t LINUX_PAGE_IS_ZERO = 1 << 5;
/* Source: ioctl_userfaultfd(2), userfaultfd(2). The second feature is of Linux 6.4. */
static const unsigned long LINUX_USERFAULTFD_IOC_NEW = USERFAULTFD_IOC_NEW;
static const unsigned long LINUX_UFFDIO_API = UFFDIO_API;
static const unsigned long LINUX_UFFDIO_REGISTER = UFFDIO_REGISTER;
static const unsigned long LINUX_UFFDIO_UNREGISTER = UFFDIO_UNREGISTER;
static const unsigned long LINUX_UFFDIO_WRITEPROTECT = UFFDIO_WRITEPROTECT;
static const unsigned long LINUX_UFFDIO_WAKE = UFFDIO_WAKE;
static const uint64_t LINUX_UFFD_API = UFFD_API;
static const uint64_t LINUX_UFFD_REGISTER_WP = UFFDIO_REGISTER_MODE_WP;
static const uint64_t LINUX_UFFD_PROTECT = UFFDIO_WRITEPROTECT_MODE_WP;
static const uint64_t LINUX_UFFD_SHMEM = UFFD_FEATURE_WP_HUGETLBFS_SHMEM;
static const uint64_t LINUX_UFFD_UNPOPULATED = 1 << 13;
/* memfd_create(2): the file can never be executed. Since Linux 6.3. */
static const unsigned int LINUX_MFD_NOEXEC_SEAL = 8;

/* Macros with casts or function-like macros, which Swift does not see. */
static const int LINUX_WALL = __WALL;
static const unsigned long LINUX_FICLONE = FICLONE;
static const unsigned long LINUX_FICLONERANGE = FICLONERANGE;
static const unsigned long LINUX_FS_IOC_GETFLAGS = FS_IOC_GETFLAGS;
static const unsigned long LINUX_FS_IOC_SETFLAGS = FS_IOC_SETFLAGS;
static const int LINUX_O_DIRECT = O_DIRECT;
static const int LINUX_O_TMPFILE = O_TMPFILE;
static const uint64_t LINUX_RLIM_INFINITY = RLIM_INFINITY;
static const int64_t LINUX_TMPFS_MAGIC = TMPFS_MAGIC;
static const int64_t LINUX_BTRFS_MAGIC = BTRFS_SUPER_MAGIC;
static const int64_t LINUX_HUGETLBFS_MAGIC = HUGETLBFS_MAGIC;
static const int64_t LINUX_EXT4_MAGIC = EXT4_SUPER_MAGIC;

/* sysconf(3), by a name that nobody interposes. */
extern long __sysconf(int name);
/* pthread_key_create(3), likewise. */
extern int __pthread_key_create(pthread_key_t *key, void (*destructor)(void *));

/* atexit(3) and at_quick_exit(3) for handlers that outlive this library's destructor (dso = NULL). */
extern int __cxa_atexit(void (*handler)(void *), void *argument, void *dso);
extern int __cxa_at_quick_exit(void (*handler)(void *), void *dso);

/* pthread_atfork(3) for handlers that must outlive this library's destructor (dso = NULL). */
extern int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso);

#endif
